import { SCRIPTS } from '../scripts.js'

/** What a command does, in the words of src/store/redis, without what chance made of it. */
export function nameCommand([
  name = '',
  script = '',
  count = '',
  ...rest
]: readonly string[]): string {
  if (name !== 'evalsha' && name !== 'eval') return `${name} ${withoutPrefix(script)}`
  const [known] = Object.entries(SCRIPTS).find(
    ([, { sha, lua }]) => script === sha || script === lua,
  ) ?? ['?']
  return `${known} ${rest.slice(0, Number(count)).map(withoutPrefix).join(' ')}`
}

function withoutPrefix(key: string): string {
  return key.replace(/^races-[^:]*:/, '')
}
