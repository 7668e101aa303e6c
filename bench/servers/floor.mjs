import { randomUUID } from 'node:crypto'
import Koa from 'koa'
import { connect } from './client.mjs'
import { serve } from './koa.mjs'

const MAX_AGE = 28 * 24 * 3600 * 1000
const COOKIE = { maxAge: MAX_AGE, sameSite: 'lax' }

/** The least that a session in a Redis hash costs: its commands and a cookie. */
export function start(redis) {
  const app = new Koa()
  const client = connect(redis)
  const keyOf = (ctx) => `session:{${ctx.cookies.get('id')}}`
  const save = (key, field, value) =>
    Promise.all([client.hset(key, field, value), client.pexpire(key, MAX_AGE)])

  return serve(app, {
    async read(ctx) {
      const { user_id } = await client.hgetall(keyOf(ctx))
      return user_id
    },
    async write(ctx) {
      const key = keyOf(ctx)
      const { count = 0 } = await client.hgetall(key)
      const next = String(Number(count) + 1)
      await save(key, 'count', next)
      return next
    },
    async login(ctx, user) {
      const id = randomUUID()
      await save(`session:{${id}}`, 'user_id', user)
      ctx.cookies.set('id', id, COOKIE)
      return String(user)
    },
  })
}
