import Koa from 'koa'
import koaRedis from 'koa-redis'
import koaSession from 'koa-session'
import { describe, expect, test } from 'vitest'
import { fromKoaSession } from '../../../src/adopt/index.js'
import { createId } from '../../../src/store/token.js'
import { redis } from '../../support/clients/redis.js'
import { describeMove, KEYS, type OldSite, unreachable } from './moving.js'

type Options = NonNullable<Parameters<typeof koaSession>[0]>

function createSite(options: Options): OldSite {
  const app = new Koa()
  app.keys = KEYS
  app.use(koaSession(options, app)).use(async (ctx) => {
    const session = ctx['session'] as { user?: string } | null
    const [, path, user] = ctx.path.split('/')
    if (path === 'login' && session !== null) session.user = decodeURI(user ?? '')
    if (path === 'logout') ctx['session'] = null
    ctx.body = (ctx['session'] as { user?: string } | null)?.user ?? 'nobody'
  })
  return {
    app: (req, res) => void app.callback()(req, res),
    key: 'koa.sess',
    adopt: (own) => fromKoaSession(options, own),
  }
}

describeMove('koa-session, in the cookie alone', { stored: false }, async () => createSite({}))

describeMove('koa-session, until the browser closes', { stored: false }, async () =>
  createSite({ maxAge: 'session' }),
)

describeMove('koa-session and koa-redis', { stored: true }, async () => {
  const prefix = `koa-session-${createId()}-`
  const down = unreachable()
  return {
    ...createSite({ store: koaRedis({ client: redis() }), prefix }),
    countStored: async () => (await redis().keys(`${prefix}*`)).length,
    adoptFromDown: (own) => fromKoaSession({ store: koaRedis({ client: down }) }, own),
    close: () => down.disconnect(),
  }
})

describe('fromKoaSession', () => {
  const values = () => ({ user_id: '1' })
  const store = { get() {}, destroy() {} }

  test.each<[string, object, object, RegExp]>([
    ['no values', {}, {}, /values/],
    ['values among the old options', { values }, {}, /and then an object/],
    ['unsigned cookies', { store, signed: false }, { values }, /allowUnsigned/],
    [
      'ids of the application’s own',
      { store, externalKey: { get() {} } },
      { values },
      /allowUnsigned/,
    ],
    [
      'unsigned sessions in the cookie',
      { signed: false },
      { values, allowUnsigned: true },
      /anybody/,
    ],
    ['a store that is none', { store: {} }, { values }, /store/],
    ['keep that is no boolean', {}, { values, keep: 'yes' }, /keep/],
    ['a misspelled option', {}, { values, keeep: true }, /keeep/],
  ])('refuses %s at the start', (_, oldOptions, options, message) => {
    expect(() => fromKoaSession(oldOptions as never, options as never)).toThrow(
      expect.objectContaining({
        code: 'ERR_SESSION_OPTIONS',
        message: expect.stringMatching(message),
      }),
    )
  })
})
