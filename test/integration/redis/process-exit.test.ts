/** A process whose work is done ends: no timer of the store keeps it. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RedisServer, startServer } from '../../support/servers/server.js'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../../..')

let server: RedisServer
let dist: string
beforeAll(async () => {
  // From the sources as they are: what is in dist/ may be older.
  dist = await mkdtemp(join(tmpdir(), 'dist-'))
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const options = ['-p', 'tsconfig.build.json', '--noCheck', '--declaration', 'false']
  ;[server] = await Promise.all([
    startServer(),
    run(process.execPath, [tsc, ...options, '--outDir', dist], { cwd: root }),
  ])
})
afterAll(async () => {
  await server.stop()
  await rm(dist, { recursive: true })
})

/** Runs a program to its end, which must come sooner than the test's own, and returns its output. */
async function runProgram(program: string): Promise<string> {
  const start = `
    const Koa = require('koa')
    const { Redis } = require('ioredis')
    const { createClient } = require('redis')
    const sessions = require(${JSON.stringify(join(dist, 'entry/require.cjs'))})
    const url = '${server.url}'
    const open = (client, timeout) => sessions(new Koa(), { client, timeout }).store
    ${program}`
  const env = { ...process.env, NODE_PATH: join(root, 'node_modules') }
  const { stdout } = await run(process.execPath, ['-e', start], { env, timeout: 15_000 })
  return stdout.trim()
}

// Their timeout is longer than the test may take: the store's timer is waiting for it all the time.
test.each([
  ['ioredis 6', 'const client = new Redis(url)', 'client.quit()'],
  [
    'node-redis 6',
    'const client = createClient({ url }); await client.connect()',
    'client.close()',
  ],
])('ends after its requests: %s', async (_, connect, close) => {
  const output = await runProgram(`
    async function main() {
      ${connect}
      const store = open(client, '30 seconds')
      const id = store.createSessionId()
      await store.set(id, { name: 'x' })
      console.log((await store.get(id)).name)
      await ${close}
    }
    void main()`)
  expect(output).toBe('x')
})

test.each([
  ['ioredis 6', 'const client = new Redis(url)', 'client.quit()'],
  [
    'node-redis 6',
    'const client = createClient({ url }); await client.connect()',
    'client.close()',
  ],
])(
  'ends after Session.close(), with a client that it leaves open: %s',
  async (_, connect, close) => {
    const output = await runProgram(`
    const { once } = require('node:events')
    const { get } = require('node:http')
    async function main() {
      ${connect}
      const app = new Koa()
      const Session = sessions(app, { client })
      app.use(Session).use(async (ctx) => {
        await ctx.session.set({ name: 'x' })
        const { signal } = ctx.session
        await Session.revoke(ctx.session.id)
        if (!signal.aborted) await once(signal, 'abort')
        ctx.set('connection', 'close')
        ctx.body = signal.reason.code
      })
      const server = app.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const [answer] = await once(get({ port: server.address().port, host: '127.0.0.1' }), 'response')
      for await (const text of answer) console.log(String(text))
      server.close()
      await Session.close()
      console.log((await Session.store.get(Session.store.createSessionId())).name)
      await ${close}
    }
    void main()`)
    expect(output).toBe('ERR_SESSION_REVOKED\nundefined')
  },
)

test('ends after a request that was not answered', async () => {
  server.freeze()
  const output = await runProgram(`
    // Without a question to the server before it is ready, as nobody answers that either.
    const client = new Redis(url, { enableReadyCheck: false })
    const store = open(client, 300)
    store.get(store.createSessionId()).catch((error) => {
      console.log(error.code)
      client.disconnect()
    })`)
  server.thaw()
  expect(output).toBe('ERR_SESSION_STORE')
})
