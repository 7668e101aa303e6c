/** What applications do that come from session libraries whose session is a plain object. */
import { runInThisContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { createSite, STORES } from '../../support/http-app.js'

/** Code of a script in sloppy mode, where a refused assignment is not an error by itself. */
const sloppy = (code: string): ((ctx: unknown) => unknown) =>
  runInThisContext(`(function (ctx) { ${code} })`) as never

const ASSIGNMENTS: [code: string, method: string][] = [
  ['ctx.session = null', 'delete()'],
  ['ctx.session = undefined', 'delete()'],
  ['ctx.session = {}', 'set('],
  ['ctx.session = { user: 8 }', 'set('],
  ['ctx.session.user = 8', 'set('],
  ['ctx.session.get = 8', 'set('],
  ['ctx.session.id = 8', 'set('],
  ['ctx.session.maxAge = 8', 'touch('],
  ['ctx.session[Symbol("x")] = 8', 'set('],
  ['ctx.session.__proto__ = {}', 'set('],
  ['ctx.session.user ??= 8', 'set('],
  ['delete ctx.session.user', 'unset('],
  ['delete ctx.session.get', 'unset('],
  ['Object.assign(ctx.session, { user: 8 })', 'set('],
  ['Object.defineProperty(ctx.session, "user", { value: 8 })', 'set('],
  ['Object.setPrototypeOf(ctx.session, null)', 'set('],
]

describe.each(STORES)('in %s', (_, store) => {
  const site = createSite(store())

  test.each(ASSIGNMENTS)('%s throws, and names %s', async (code, method) => {
    const browser = site.browser()
    await browser.visit((session) => session.set({ user_id: 7 }))
    const { error, status, setCookies } = await browser.visit((_session, ctx) => sloppy(code)(ctx))
    expect(error).toMatchObject({ code: 'ERR_SESSION_OPTIONS' })
    expect(error?.message).toContain(method)
    expect({ status, setCookies }).toEqual({ status: 500, setCookies: [] })
    expect((await browser.visit((session) => session.peek())).value).toMatchObject({ user_id: '7' })
  })

  test('reading what it does not have is undefined, also where the page asks by `in`', async () => {
    const { value } = await site
      .browser()
      .visit((session) => [(session as never)['user'], 'user' in session, Object.keys(session)])
    expect(value).toEqual([undefined, false, []])
  })
})

test('ctx.session can be given to except, printed, and is the same object each time', async () => {
  const { Session, browser } = createSite()
  const visitor = browser()
  const { value } = await visitor.visit(async (session, ctx) => {
    await session.set({ user_id: 7 })
    expect(session).toBe(ctx.session)
    expect(session).toBe(Session.createSession(ctx as never))
    const { inspect } = await import('node:util')
    return [inspect(session), await Session.revokeAll('user_id', 7, { except: session })]
  })
  expect(value).toEqual(['Session {}', 0])
})

test.each(['regenerate', 'delete', 'touch', 'get', 'peek'] as const)(
  '%s(callback) is refused before anything is done, by throwing to a caller that takes no promise',
  async (name) => {
    const visitor = createSite().browser()
    await visitor.visit((session) => session.set({ user_id: 7 }))
    const { cookie } = visitor
    const { error } = await visitor.visit((session) => {
      const callback = session[name] as (callback: () => void) => unknown
      expect(() => callback.call(session, () => {})).toThrow(
        expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }),
      )
    })
    expect(error).toBeUndefined()
    expect(visitor.cookie).toBe(cookie)
    expect((await visitor.visit((session) => session.peek())).value).toMatchObject({ user_id: '7' })
  },
)
