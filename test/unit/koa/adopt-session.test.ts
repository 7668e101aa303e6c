/** What `options.adopt` returns, and what comes of it. */
import { describe, expect, test } from 'vitest'
import type { Session } from '../../../src/index.js'
import { createSite } from '../../support/http-app.js'
import { createMovingSite } from '../../support/moving-site.js'

describe('what adopt returns', () => {
  const read = async (changed: object) => {
    const { visitor } = createMovingSite({ timeout: 200 }, changed)
    const browser = visitor('bad')
    const first = await browser.visit((s) => s.peek())
    // Nor does the next call take "cannot tell" for nobody.
    const { value } = await browser.visit(async (s) => {
      const codes: unknown[] = []
      for (const call of [s.peek(), s.get(), s.set({ a: 1 })]) {
        codes.push(
          await call.then(
            () => 'done',
            (error) => error.code,
          ),
        )
      }
      return codes
    })
    return { ...first, codes: value }
  }
  const OPTIONS_THREE = Array.from({ length: 3 }, () => 'ERR_SESSION_OPTIONS')
  const STORE_THREE = Array.from({ length: 3 }, () => 'ERR_SESSION_STORE')

  test.each<[string, object, RegExp]>([
    ['a short secret', { from: 'short' }, /"from".*16/],
    ['no secret', { from: undefined }, /"from"/],
    ['a number as secret', { from: Number.MAX_VALUE }, /"from"/],
    ['no end', { until: undefined }, /"until"/],
    ['an invalid date', { until: new Date('x') }, /"until"/],
    ['a text as end', { until: '2030-01-01' }, /"until"/],
    ['a function with no end', { until: () => undefined }, /"until"/],
    ['no values', { values: undefined }, /"values"/],
    ['a text as values', { values: 'user_id' }, /"values"/],
    ['an unknown property', { value: {} }, /"value"/],
    ['done that is no function', { done: true }, /"done"/],
  ])('is refused by name: %s', async (_, changed, message) => {
    const { status, error, codes } = await read(changed)
    expect(status).toBe(500)
    expect(error).toMatchObject({
      code: 'ERR_SESSION_OPTIONS',
      message: expect.stringMatching(message),
    })
    expect(error?.message).not.toContain('secret-of')
    expect(codes).toEqual(OPTIONS_THREE)
  })

  test.each<[string, object]>([
    [
      'values that throw',
      {
        values: () => {
          throw new Error('the old store is down')
        },
      },
    ],
    ['values that reject', { values: () => Promise.reject(new Error('the old store is down')) }],
    ['values that never come', { values: () => new Promise(() => {}) }],
  ])('is no session: %s, a 503', async (_, changed) => {
    const { status, error, codes } = await read(changed)
    expect(status).toBe(503)
    expect(error).toMatchObject({ code: 'ERR_SESSION_STORE' })
    expect(codes).toEqual(STORE_THREE)
  })

  test.each<[string, unknown]>([
    [
      'throws',
      () => {
        throw new TypeError('oops')
      },
    ],
    ['rejects', () => Promise.reject(new TypeError('oops'))],
    ['hangs', () => new Promise(() => {})],
  ])('adopt that %s is a 503', async (_, adopt) => {
    const site = createSite({ timeout: 200, adopt: adopt as never })
    const { status, error } = await site.browser().visit((s) => s.get())
    expect([status, error?.code]).toEqual([503, 'ERR_SESSION_STORE'])
  })

  test.each(['a text', 7, [], true])('adopt that returns %j is refused', async (returned) => {
    const site = createSite({ adopt: (() => returned) as never })
    const { status, error } = await site.browser().visit((s) => s.peek())
    expect([status, error?.code]).toEqual([500, 'ERR_SESSION_OPTIONS'])
  })

  test('values that cannot be kept are refused by name, and nothing is written', async () => {
    const { Session, visitor, sessions } = createMovingSite(
      {},
      { values: { user_id: 'kept', cart: { a: 1 } as never } },
    )
    const browser = visitor('x')
    const { error } = await browser.visit((s) => s.peek())
    expect(error).toMatchObject({
      code: 'ERR_SESSION_FIELD',
      message: expect.stringMatching(/cart/),
    })
    expect(await Session.count('user_id', 'kept')).toBe(0)
    expect(sessions.size).toBe(1)
  })

  test.each<[string, object]>([
    ['that are undefined', { values: () => undefined }],
    ['that are null', { values: () => null }],
    ['whose end is over', { until: Date.now() - 1 }],
    ['whose end is over, by a function', { until: () => new Date(0) }],
  ])('values %s are nobody', async (_, changed) => {
    const { visitor, sessions } = createMovingSite({}, changed)
    const browser = visitor('nobody')
    const { value } = await browser.visit(async (s) => [await s.peek(), s.state])
    expect(value).toEqual([{}, 'none'])
    expect(browser.cookie).toBeUndefined()
    expect(sessions.size).toBe(1)
  })

  test('done that fails fails the call; the session stays, with its cookie', async () => {
    const fail = () => Promise.reject(new Error('the old store is down'))
    const { visitor } = createMovingSite({}, { done: fail })
    const browser = visitor('kept')
    const { status, error } = await browser.visit((s) => s.get())
    expect([status, error?.code]).toEqual([503, 'ERR_SESSION_STORE'])
    expect((await browser.visit((s) => s.get())).value).toMatchObject({ user_id: 'kept' })
  })

  test('a full limit leaves the old session as it is', async () => {
    const { Session, visitor, sessions } = createMovingSite({
      references: { user_id: { max: 1, onMax: 'refuse' } },
    })
    await Session.createCookie({ user_id: 'full' })
    const browser = visitor('full')
    expect((await browser.visit((s) => s.peek())).value).toEqual({})
    expect(sessions.size).toBe(1)
    await Session.revokeAll('user_id', 'other')
    for await (const { id } of Session.find('user_id', 'full')) await Session.revoke(id)
    expect((await browser.visit((s) => s.peek())).value).toMatchObject({ user_id: 'full' })
  })

  test('with secure, a request without TLS is told so', async () => {
    const { visitor } = createMovingSite({ secure: true })
    const { error } = await visitor('plain').visit((s) => s.peek())
    expect(error).toMatchObject({
      code: 'ERR_SESSION_OPTIONS',
      message: expect.stringMatching(/TLS/),
    })
  })

  test('after the headers were sent it is read all the same', async () => {
    const { visitor, Session } = createMovingSite({})
    const browser = visitor('late')
    const { value } = await browser.visit(async (s, ctx) => {
      ctx.respond = false
      ctx.res.writeHead(200).end()
      return s.peek()
    })
    expect(value).toMatchObject({ user_id: 'late' })
    expect((await browser.visit((s) => s.peek())).value).toMatchObject({ user_id: 'late' })
    expect(await Session.count('user_id', 'late')).toBe(1)
  })

  test('values that use ctx.session are a 503, and are called once', async () => {
    let calls = 0
    const site = createSite({
      timeout: 200,
      adopt: (ctx) => ({
        from: 'a secret of sixteen',
        until: Date.now() + 60_000,
        values: async () => {
          calls++
          await (ctx as unknown as { session: Session }).session.peek()
          return { user_id: 'x' }
        },
      }),
    })
    const { status, error } = await site.browser().visit((s) => s.get())
    expect([status, error?.code]).toEqual([503, 'ERR_SESSION_STORE'])
    expect(error?.message).toMatch(/"values".*ctx\.session/)
    expect(calls).toBe(1)
  })

  test.each([
    ['no value', { user_id: undefined }],
    ['null', { user_id: null, lang: null }],
    ['nothing', {}],
  ])('values with %s are nobody, and the old session stays', async (_, values) => {
    const { visitor, sessions } = createMovingSite({}, { values: () => values as never })
    const browser = visitor('empty')
    expect((await browser.visit((s) => s.peek())).value).toEqual({})
    expect(browser.cookie).toBeUndefined()
    expect(sessions.size).toBe(1)
  })

  test('is asked for by a function alone', () => {
    expect(() => createSite({ adopt: {} as never })).toThrow(/options\.adopt must be a function/)
  })
})
