import { CREATE } from '../../src/store/redis/scripts/create.js'
import { DELETE } from '../../src/store/redis/scripts/delete.js'
import { INSPECT } from '../../src/store/redis/scripts/inspect.js'
import { JOIN_SET } from '../../src/store/redis/scripts/join.js'
import { UNLINK } from '../../src/store/redis/scripts/unlink.js'
import { UPDATE } from '../../src/store/redis/scripts/update.js'

const SCRIPTS = Object.entries({ CREATE, DELETE, INSPECT, JOIN_SET, UNLINK, UPDATE })

/** What a command does, in the words of src/store/redis, without what chance made of it. */
export function nameCommand([
  name = '',
  script = '',
  count = '',
  ...rest
]: readonly string[]): string {
  if (name !== 'evalsha' && name !== 'eval') return `${name} ${withoutPrefix(script)}`
  const [known] = SCRIPTS.find(([, { sha, lua }]) => script === sha || script === lua) ?? ['?']
  return `${known} ${rest.slice(0, Number(count)).map(withoutPrefix).join(' ')}`
}

function withoutPrefix(key: string): string {
  return key.replace(/^races-[^:]*:/, '')
}
