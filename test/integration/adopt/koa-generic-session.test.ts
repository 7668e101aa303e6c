import Koa from 'koa'
import koaGenericSession from 'koa-generic-session'
import koaRedis from 'koa-redis'
import { describe, expect, test } from 'vitest'
import { fromKoaGenericSession } from '../../../src/adopt/index.js'
import { createId } from '../../../src/store/token.js'
import { redis } from '../../support/clients/redis.js'
import { describeMove, KEYS, unreachable } from './moving.js'

describeMove('koa-generic-session and koa-redis', { stored: true }, async () => {
  const prefix = `generic-${createId()}:`
  const options = { prefix, store: koaRedis({ client: redis() }) }
  const down = unreachable()
  const app = new Koa()
  app.keys = KEYS
  app.use(koaGenericSession(options)).use(async (ctx) => {
    const [, path, user] = ctx.path.split('/')
    if (path === 'login') ctx['session'].user = decodeURI(user ?? '')
    if (path === 'logout') ctx['session'] = null
    ctx.body = ctx['session']?.user ?? 'nobody'
  })
  return {
    app: (req, res) => void app.callback()(req, res),
    key: 'koa.sid',
    countStored: async () => (await redis().keys(`${prefix}*`)).length,
    adopt: (own) => fromKoaGenericSession(options, own),
    adoptFromDown: (own) =>
      fromKoaGenericSession({ prefix, store: koaRedis({ client: down }) }, own),
    close: () => down.disconnect(),
  }
})

describe('fromKoaGenericSession', () => {
  const values = () => ({ user_id: '1' })
  const store = { get() {}, destroy() {} }

  test.each<[string, object, object, RegExp]>([
    ['no store', {}, { values }, /store/],
    ['unsigned cookies', { store, cookie: { signed: false } }, { values }, /allowUnsigned/],
    [
      'ids of the application’s own',
      { store, sessionIdStore: { get() {} } },
      { values },
      /allowUnsigned/,
    ],
  ])('refuses %s at the start', (_, oldOptions, options, message) => {
    expect(() => fromKoaGenericSession(oldOptions as never, options as never)).toThrow(
      expect.objectContaining({
        code: 'ERR_SESSION_OPTIONS',
        message: expect.stringMatching(message),
      }),
    )
  })
})
