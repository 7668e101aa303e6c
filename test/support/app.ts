/** One process of an application: its own middleware, client and connections. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import Koa from 'koa'
import {
  type RedisClient,
  type Session,
  SessionError,
  type SessionMiddleware,
  type SessionOptions,
  sessions,
} from '../../src/index.js'

export interface Answer<T> {
  /** What the page returned. */
  readonly value: T | undefined
  readonly error: SessionError | undefined
  /** The session's cookie that the answer sets; `''`: it clears it; `undefined`: it sets none. */
  readonly cookie: string | undefined
}

export interface App {
  readonly Session: SessionMiddleware
  /** One request, without HTTP around it. What is no `SessionError` is thrown. */
  request<T>(cookie: string | undefined, page: (session: Session) => Promise<T>): Promise<Answer<T>>
}

export const OPTIONS = {
  references: { user_id: {}, org_id: { rotate: false } },
  key: 'session-id',
  timeout: 15_000,
} satisfies Partial<SessionOptions>

export function createApp(client: RedisClient, options: Partial<SessionOptions>): App {
  const app = new Koa()
  const Session = sessions(app, { ...OPTIONS, client, ...options })
  return {
    Session,
    async request(cookie, page) {
      const incoming = new IncomingMessage(new Socket())
      if (cookie) incoming.headers.cookie = `session-id=${cookie}`
      const response = new ServerResponse(incoming)
      const ctx = app.createContext(incoming, response)
      const outcome = await page(Session.createSession(ctx)).then(
        (value) => ({ value, error: undefined }),
        (error: unknown) => {
          if (!(error instanceof SessionError)) throw error
          return { value: undefined, error }
        },
      )
      const [header] = ([] as string[]).concat((response.getHeader('set-cookie') as string[]) ?? [])
      return { ...outcome, cookie: header && /^session-id=([^;]*)/.exec(header)?.[1] }
    },
  }
}
