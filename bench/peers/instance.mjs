import { once } from 'node:events'
import { createServer } from 'node:http'

export const LIBRARIES = [
  'ours',
  'koa-session',
  'koa-generic-session',
  'express-session',
  'fastify-session',
  'better-auth',
]

/** Starts one process's share of an application with a library, on a port of its own. */
export async function startInstance(name, { node, turns }) {
  const { open } = await import(`./libraries/${name}.mjs`)
  const library = await open({ node, turns })
  const server = createServer((req, res) => {
    const number = Number(req.headers['x-request'] ?? -1)
    void turns.handle(number, () => library.listener(req, res))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${server.address().port}`
  return {
    ...library,

    /** Resolves to `{ status, body, cookie }`; `cookie` is what the browser has after it. */
    async request(path, { cookie, number = -1, signal } = {}) {
      const headers = { 'x-request': String(number), ...(cookie && { cookie }) }
      const response = await fetch(`${origin}${path}`, { headers, signal })
      const text = await response.text()
      const set = response.headers.getSetCookie()
      return {
        status: response.status,
        body: response.ok && text !== '' ? JSON.parse(text) : {},
        set,
        cookie: merge(cookie, set),
      }
    },

    async stop() {
      server.closeAllConnections()
      server.close()
      await library.close()
    },
  }
}

function merge(cookie, set) {
  const jar = new Map()
  const put = (pair) => jar.set(pair.split('=', 1)[0], pair)
  for (const pair of cookie?.split('; ') ?? []) put(pair)
  for (const line of set) {
    const pair = line.split(';', 1)[0]
    if (pair.endsWith('=') || /max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) {
      jar.delete(pair.split('=', 1)[0])
    } else put(pair)
  }
  return jar.size === 0 ? undefined : [...jar.values()].join('; ')
}
