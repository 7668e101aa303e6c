/** A server with streams, which end with their session, and browsers that hold them open. */
import { once } from 'node:events'
import { Agent, type ClientRequest, get, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import Koa from 'koa'
import { type SessionMiddleware, type SessionOptions, sessions } from '../../src/index.js'

export interface Stream {
  /** When its end was seen, by `performance.now()`. */
  readonly closed: Promise<number>
  readonly isOpen: () => boolean
  /** Goes away, as somebody who closes the page. */
  leave(): void
}

export interface StreamServer {
  readonly Session: SessionMiddleware
  /** Listeners of the connections that browsers hold open, for the end of each. */
  listeners(): number[]
  /** Signs in, and resolves to the cookie. */
  signIn(user_id: string): Promise<string>
  /** Opens a stream; resolves when its first bytes have come. */
  open(cookie: string): Promise<Stream>
  /** Asks for a page that uses the signal, and answers at once. */
  touch(cookie: string): Promise<void>
  close(): Promise<void>
}

export async function startStreamServer(
  options: Partial<SessionOptions> & Pick<SessionOptions, 'client' | 'prefix'>,
): Promise<StreamServer> {
  const app = new Koa()
  app.silent = true
  const Session = sessions(app, { ...options, references: { user_id: {} } })
  app.use(Session).use(async (ctx) => {
    if (ctx.path === '/sign-in') await ctx.session.set({ user_id: String(ctx.query['as']) })
    const { signal } = ctx.session
    if (ctx.path !== '/stream') {
      ctx.body = 'done'
      return
    }
    const body = new PassThrough()
    signal.addEventListener('abort', () => body.end(), { once: true })
    body.write('open\n')
    ctx.body = body
  })
  const server = app.listen(0, '127.0.0.1')
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })

  async function ask(path: string, cookie?: string, own?: Agent) {
    const headers = cookie === undefined ? {} : { cookie }
    const request = get({ host: '127.0.0.1', port, path, headers, ...(own && { agent: own }) })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    return { request, response }
  }

  return {
    Session,
    listeners: () => [...sockets].map((socket) => socket.listenerCount('close')),
    async signIn(user_id) {
      const { response } = await ask(`/sign-in?as=${user_id}`)
      response.resume()
      return response.headers['set-cookie']![0]!.split(';')[0]!
    },
    async open(cookie) {
      const { request, response } = await ask('/stream', cookie)
      return toStream(request, response)
    },
    async touch(cookie) {
      const { response } = await ask('/', cookie, agent)
      response.resume()
      await once(response, 'end')
    },
    async close() {
      agent.destroy()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      await Session.close()
    },
  }
}

async function toStream(request: ClientRequest, response: IncomingMessage): Promise<Stream> {
  let open = true
  const closed = new Promise<number>((resolve) => {
    response.once('close', () => {
      open = false
      resolve(performance.now())
    })
  })
  response.on('error', () => {}) // 'close' follows.
  await once(response, 'data')
  response.resume()
  return { closed, isOpen: () => open, leave: () => request.destroy() }
}
