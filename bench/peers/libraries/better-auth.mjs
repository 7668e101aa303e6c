import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { fromNodeHeaders } from 'better-auth/node'
import { Redis } from 'ioredis'
import { stepped } from '../turns.mjs'
import { answer } from './routes.mjs'

export const packages = ['better-auth']

const FIELD = { type: 'number', required: false, input: true }
const SOME_TIME = new Date(2026, 0)
const TIMES = { createdAt: SOME_TIME, updatedAt: SOME_TIME }

/** Users and their passwords, for all instances: better-auth keeps them in a database. */
const tables = { user: [], account: [], session: [], verification: [] }
for (let i = 1; i <= 100; i++) {
  const id = String(i)
  const email = `${id}@example.com`
  tables.user.push({ id, email, name: id, emailVerified: true, ...TIMES })
  const password = { providerId: 'credential', accountId: id, password: 'x' }
  tables.account.push({ id, userId: id, ...password, ...TIMES })
}

export async function open({ node, turns }) {
  const client = stepped(new Redis(node), turns)
  client.on('error', () => {})
  const auth = betterAuth({
    baseURL: 'http://localhost',
    secret: 'a secret with minimum length of 32 characters',
    database: memoryAdapter(tables),
    // The commands of @better-auth/redis-storage 1.7.5, which asks for ioredis 5.
    secondaryStorage: {
      get: (key) => client.get(`better-auth:${key}`),
      set: (key, value, ttl) => client.setex(`better-auth:${key}`, ttl, value),
      delete: (key) => client.del(`better-auth:${key}`),
    },
    emailAndPassword: {
      enabled: true,
      // How long a password takes to check is not compared here.
      password: { hash: async () => 'x', verify: async () => true },
    },
    session: {
      additionalFields: Object.fromEntries('0123x'.split('').map((n) => [`f${n}`, FIELD])),
    },
    rateLimit: { enabled: false },
    logger: { disabled: true },
    telemetry: { enabled: false },
  })
  const { internalAdapter } = await auth.$context

  const listener = async (req, res) => {
    const headers = fromNodeHeaders(req.headers)
    /** Calls an endpoint; what it sets is set on our response. */
    const call = async (endpoint, options = {}) => {
      const response = await endpoint({ headers, ...options, asResponse: true })
      for (const value of response.headers.getSetCookie()) res.appendHeader('set-cookie', value)
      if (response.ok) return response.json()
      throw Object.assign(new Error('The endpoint refused'), { status: response.status })
    }
    const own = {
      async read() {
        const { session } = (await call(auth.api.getSession)) ?? {}
        return { ...session, user_id: session?.userId }
      },
      set: (field) => call(auth.api.updateSession, { body: { [field]: 1 } }),
      signIn: (user) =>
        call(auth.api.signInEmail, { body: { email: `${user}@example.com`, password: 'any' } }),
      signOut: () => call(auth.api.signOut),
      // What `/revoke-sessions`, a changed password and the admin plug-in call.
      endAll: (user) => internalAdapter.deleteUserSessions(user),
    }
    try {
      const body = await answer(req.url, own, turns)
      res.setHeader('content-type', 'application/json').end(JSON.stringify(body))
    } catch ({ status = 500 }) {
      res.writeHead(status).end()
    }
  }
  return {
    listener,
    idOf: (cookie) => /session_token=([^.]+)\./.exec(cookie)[1],
    async list(user) {
      const sessions = await internalAdapter.listSessions(user, { onlyActiveSessions: true })
      return sessions.map(({ token }) => token)
    },
    close: async () => client.disconnect(),
  }
}
