/** `ours` with the audit log of docs/guide/observing.md, as it is written there. */
import { subscribe } from 'node:diagnostics_channel'
import { readFile } from 'node:fs/promises'
import { compileFunction } from 'node:vm'
import { Redis } from 'ioredis'
import ts from 'typescript'
import { start as startOurs } from './ours.mjs'

const page = await readFile(new URL('../../docs/guide/observing.md', import.meta.url), 'utf8')
const [, section = ''] = page.split('\n## An audit log\n')
const [, code = ''] = /```ts\n([\s\S]*?)\/\*\* What happened/.exec(section)

export function start(redis) {
  const compilerOptions = { target: 'ES2023', module: 'CommonJS' }
  const { outputText } = ts.transpileModule(code, { compilerOptions })
  const scope = {
    exports: {},
    on: (name, listener) => subscribe(`koa-redis-session-sets:${name}`, listener),
    require: () => ({
      Redis: function (options) {
        return new Redis({ ...redis.nodes[0], ...options })
      },
    }),
  }
  compileFunction(outputText, Object.keys(scope))(...Object.values(scope))
  return startOurs(redis)
}
