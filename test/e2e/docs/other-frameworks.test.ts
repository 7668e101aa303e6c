/** The code of docs/guide/other-frameworks.md is run here. */
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import * as node from '../../../src/node/index.js'
import { readSections, run } from './blocks.js'
import { requireFor } from './site.js'

const sections = readSections('docs/guide/other-frameworks.md')
const load = createRequire(import.meta.url)

interface FastifyApp {
  ready(): Promise<unknown>
  readonly routing: RequestListener
}

test.each<
  [
    heading: string,
    name: string,
    listener: (value: never) => Promise<RequestListener> | RequestListener,
  ]
>([
  ['Express', 'app', (app: RequestListener) => app],
  [
    'Fastify',
    'app',
    async (app: FastifyApp) => {
      await app.ready()
      return app.routing
    },
  ],
  [
    'Hono on Node',
    'app',
    ({ fetch }: { fetch: unknown }) => {
      const { getRequestListener } = load('@hono/node-server') as {
        getRequestListener: (fetch: unknown) => RequestListener
      }
      return getRequestListener(fetch)
    },
  ],
  [
    'Plain node:http',
    'server',
    (server: Server) => server.listeners('request')[0] as RequestListener,
  ],
])('%s: signs in, and knows who it is', async (heading, name, listener) => {
  const own = requireFor('docs-frameworks:')
  const require = (given: string): unknown =>
    given === 'koa-redis-session-sets/node' ? node : own(given)
  const value = await run(`${sections.get(heading)!}\nreturn ${name}`, { require })
  const server = createServer(await listener(value as never)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    const closed = once(server.close(), 'close')
    server.closeAllConnections()
    await closed
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  expect(await (await fetch(`${url}/me`)).json()).toEqual({ user_id: null })
  const signedIn = await fetch(`${url}/sign-in`, { method: 'POST' })
  const [cookie = ''] = signedIn.headers.getSetCookie().map((one) => one.split(';', 1)[0]!)
  expect(await (await fetch(`${url}/me`, { headers: { cookie } })).json()).toEqual({ user_id: '7' })
})
