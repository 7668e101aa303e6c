/** `options.adopt`: visitors who are signed in by the library before. */
import { describe, expect, test } from 'vitest'
import { createId } from '../../../src/store/token.js'
import { type Browser, STORES } from '../../support/http-app.js'
import { createMovingSite } from '../../support/moving-site.js'
import { until } from '../../support/until.js'

describe.each(STORES)('in %s', (_, store) => {
  const site = createMovingSite(store())
  const { Session, visitor, adopt, sessions } = site
  const count = (user: string) => Session.count('user_id', user)

  test('a visitor with an old cookie is signed in, and gets a cookie', async () => {
    const browser = visitor('moved')
    const { value, setCookies } = await browser.visit((s) => s.get())
    expect(value).toMatchObject({ user_id: 'moved', lang: 'de' })
    expect(setCookies).toHaveLength(1)
    expect(await count('moved')).toBe(1)
    expect(sessions.has(browser.cookies.get('old')!)).toBe(false)
    const calls = adopt.mock.calls.length
    expect((await browser.visit((s) => s.get())).value).toMatchObject({ user_id: 'moved' })
    expect(adopt).toHaveBeenCalledTimes(calls)
  })

  test('each method may come first', async () => {
    const users = ['peek', 'set', 'unset', 'touch', 'increment', 'csrf', 'regenerate'] as const
    const calls: Record<(typeof users)[number], Parameters<Browser['visit']>[0]> = {
      peek: (s) => s.peek(),
      set: (s) => s.set({ a: 1 }),
      unset: (s) => s.unset('lang'),
      touch: (s) => s.touch(),
      increment: (s) => s.increment('views'),
      csrf: (s) => s.createCSRFToken(),
      regenerate: (s) => s.regenerate(),
    }
    for (const user of users) {
      const browser = visitor(user)
      const { error } = await browser.visit(calls[user])
      expect(error).toBeUndefined()
      browser.cookies.delete('old')
      expect((await browser.visit((s) => s.get())).value).toMatchObject({ user_id: user })
    }
  })

  test('five requests at a time come to one session and one cookie', async () => {
    const browser = visitor('five')
    const copies = [1, 2, 3, 4, 5].map(() => browser.copy())
    const answers = await Promise.all(
      copies.map((copy, i) => copy.visit((s) => (i % 2 === 0 ? s.get() : s.set({ [`a${i}`]: 1 })))),
    )
    expect(answers.map(({ error }) => error)).toEqual(Array.from({ length: 5 }))
    expect(new Set(copies.map(({ cookie }) => cookie)).size).toBe(1)
    expect(await count('five')).toBe(1)
    expect((await copies[0]!.visit((s) => s.get())).value).toMatchObject({ a1: '1', a3: '1' })
  })

  test('a request that is not concerned calls nothing', async () => {
    const calls = adopt.mock.calls.length
    await visitor('unconcerned').visit(() => {})
    expect(adopt).toHaveBeenCalledTimes(calls)
    const stranger = site.browser()
    expect((await stranger.visit((s) => s.peek())).value).toEqual({})
    expect(stranger.cookie).toBeUndefined()
  })

  test.each<[string, (browser: Browser) => Promise<unknown>]>([
    ['signed out', (browser) => browser.visit((s) => s.delete())],
    ['revoked', () => Session.revokeAll('user_id', 'revoked')],
    [
      'ended by an operator',
      async () => {
        for await (const { id } of Session.find('user_id', 'ended by an operator'))
          await Session.revoke(id)
      },
    ],
  ])('once %s, the old cookie is nobody', async (how, end) => {
    const browser = visitor(how)
    const from = browser.cookies.get('old')!
    await browser.visit((s) => s.get())
    const late = browser.copy()
    await end(browser)
    // Left in the old store, say.
    sessions.set(from, how)
    for (const cookie of [late.cookie, undefined]) {
      const again = site.browser()
      again.cookies.set('old', from)
      if (cookie !== undefined) again.cookies.set('session-id', cookie)
      const { value, error } = await again.visit((s) => s.peek())
      expect([value, error]).toEqual([{}, undefined])
    }
    expect(await count(how)).toBe(0)
  })

  test('revokeAll holds for sessions that nobody had seen yet', async () => {
    const browser = visitor('unseen')
    expect(await Session.revokeAll('user_id', 'unseen')).toBe(0)
    const { value, error } = await browser.visit((s) => s.peek())
    expect([value, error]).toEqual([{}, undefined])
    // The old one ended, too.
    expect(sessions.has(browser.cookies.get('old')!)).toBe(false)
    await browser.visit((s) => s.signIn({ user_id: 'unseen' }))
    expect(await count('unseen')).toBe(1)
  })

  test('delete() as the first call ends the old session', async () => {
    const browser = visitor('leaving')
    const { error } = await browser.visit(async (s) => {
      await s.delete()
      expect(s.state).toBe('none')
      expect(await s.peek()).toEqual({})
    })
    expect(error).toBeUndefined()
    expect(browser.cookie).toBeUndefined()
    expect(sessions.has(browser.cookies.get('old')!)).toBe(false)
    sessions.set(browser.cookies.get('old')!, 'leaving')
    expect((await browser.visit((s) => s.peek())).value).toEqual({})
  })

  test('delete() ends also an old session that was not adopted, as ours came first', async () => {
    const browser = site.browser()
    await browser.visit((s) => s.signIn({ user_id: 'first' }))
    browser.cookies.set('old', visitor('second').cookies.get('old')!)
    await browser.visit((s) => s.delete())
    expect((await browser.visit((s) => s.peek())).value).toEqual({})
  })

  test('a visitor whose session is gone is adopted beside a dead cookie', async () => {
    const browser = visitor('dead')
    browser.cookies.set('session-id', `${createId()}.${'x'.repeat(32)}`)
    for (const call of ['get', 'peek'] as const) {
      const copy = browser.copy()
      expect((await copy.visit((s) => s[call]())).value).toMatchObject({ user_id: 'dead' })
    }
    const writer = visitor('dead too')
    writer.cookies.set('session-id', `${createId()}.${'x'.repeat(32)}`)
    await writer.visit((s) => s.set({ a: 1 }))
    expect((await writer.visit((s) => s.get())).value).toMatchObject({
      user_id: 'dead too',
      a: '1',
    })
  })

  test('signIn comes to the adopted session, and renews it', async () => {
    const browser = visitor('again')
    const stale = browser.copy()
    await browser.visit((s) => s.signIn({ user_id: 'again' }))
    expect((await browser.visit((s) => s.get())).value).toMatchObject({ lang: 'de' })
    expect(await count('again')).toBe(1)
    // A parallel request that still has only the old cookie.
    const { value } = await stale.visit(async (s) => {
      const read = await s.peek()
      return { read, state: s.state, denied: await s.set({ a: 1 }).catch((e) => e.code) }
    })
    expect(value).toEqual({ read: {}, state: 'superseded', denied: 'ERR_SESSION_SUPERSEDED' })
    expect(stale.cookie).toBeUndefined()
  })

  test('an adopted session is no recent sign-in', async () => {
    const { value } = await visitor('stale').visit(async (s) => {
      const denied = await s.requireFresh('1 hour').catch((e) => e.code)
      return { denied, signedInAt: s.signedInAt, state: s.state }
    })
    expect(value).toEqual({ denied: 'ERR_SESSION_STALE', signedInAt: undefined, state: 'alive' })
  })

  test('a request that began before the sign-out starts nothing', async () => {
    const browser = visitor('slow')
    await browser.visit((s) => s.get())
    const slow = browser.copy()
    slow.cookies.delete('session-id')
    const { value } = await slow.visit(async (s) => {
      await browser.visit((mine) => mine.delete())
      return [await s.peek(), s.state]
    })
    expect(value).toEqual([{}, 'ended'])
  })

  test('an old cookie that is over opens nothing, though its session lives on', async () => {
    const end = Date.now() + 300
    const over = createMovingSite(store(), { until: end })
    const browser = over.visitor('over')
    const old = browser.copy()
    await browser.visit((s) => s.get())
    await until('the end of the old cookie', async () => Date.now() > end)
    expect((await old.visit((s) => s.peek())).value).toEqual({})
    expect((await browser.visit((s) => s.peek())).value).toMatchObject({ user_id: 'over' })
  })

  test('an old session that could not be ended is ended by a later request', async () => {
    let isDown = true
    const old = { sessions: new Map<string, string>() }
    const done = async () => {
      if (isDown) throw new Error('the old store is down')
      old.sessions.clear()
    }
    const flaky = createMovingSite(store(), { done })
    old.sessions = flaky.sessions
    const browser = flaky.visitor('flaky')
    const before = browser.copy()
    expect((await browser.visit((s) => s.get())).status).toBe(503)
    await browser.visit((s) => s.delete())
    isDown = false
    expect((await before.visit((s) => s.peek())).value).toEqual({})
    expect(flaky.sessions.size).toBe(0)
  })

  test('signing out ends an old session that no limit and no revokeAll let in', async () => {
    const limited = createMovingSite({
      ...store(),
      references: { user_id: { max: 1, onMax: 'refuse' } },
    })
    await limited.Session.createCookie({ user_id: 'full' })
    const browser = limited.visitor('full')
    expect((await browser.visit((s) => s.delete())).error).toBeUndefined()
    expect(limited.sessions.size).toBe(0)
    limited.sessions.set(browser.cookies.get('old')!, 'full')
    for await (const { id } of limited.Session.find('user_id', 'full')) {
      await limited.Session.revoke(id)
    }
    expect((await browser.visit((s) => s.peek())).value).toEqual({})
  })

  test('an old session ends no newer sign-in', async () => {
    const limited = createMovingSite({ ...store(), references: { user_id: { max: 1 } } })
    const { id } = await limited.Session.createCookie({ user_id: 'newer' })
    expect((await limited.visitor('newer').visit((s) => s.peek())).value).toEqual({})
    expect(await limited.Session.store.get(id)).toMatchObject({ user_id: 'newer' })
  })

  test('a visitor whose value was revoked after the session had changed it stays signed in', async () => {
    let proceed = () => {}
    const waiting = new Promise<void>((resolve) => {
      proceed = resolve
    })
    let asked = 0
    const values = async () => {
      if (++asked === 1) await waiting
      return { user_id: 'stays', ip: 'before' }
    }
    const changing = createMovingSite(store(), { values })
    const [slow, fast] = [changing.visitor('stays')].flatMap((browser) => [browser, browser.copy()])
    const answer = slow!.visit((s) => s.get())
    await until('the slow request', async () => asked === 1)
    await fast!.visit((s) => s.peek())
    await fast!.visit((s) => s.set({ ip: 'after' }))
    await changing.Session.revokeAll('ip', 'before')
    proceed()
    const { value } = await answer
    expect(value).toMatchObject({ user_id: 'stays', ip: 'after' })
    expect(slow!.cookie).toBe(fast!.cookie)
  })
})
