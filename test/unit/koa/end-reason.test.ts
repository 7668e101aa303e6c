/** Why a session ended, as its browser is told. */
import { describe, expect, test } from 'vitest'
import type { Session, SessionError } from '../../../src/index.js'
import { createSite, STORES } from '../../support/http-app.js'

const seen = async (s: Session) => ({ read: await s.peek(), state: s.state, why: s.endReason })

describe.each(STORES)('in %s', (_, store) => {
  const site = createSite({
    ...store(),
    references: { user_id: {}, org_id: {}, seat: { rotate: false, max: 1 } },
  })
  const { Session: Sessions } = site
  const signedIn = async (user: string) => {
    const browser = site.browser()
    await browser.visit((s) => s.signIn({ user_id: user }))
    return browser
  }
  const told = (why: string) => ({ read: {}, state: 'ended', why })

  test.each<[string, (user: string) => Promise<unknown>]>([
    ['Session.revokeAll', (user) => Sessions.revokeAll('user_id', user, { reason: 'because' })],
    [
      'Session.revoke',
      async (user) => {
        for await (const { id } of Sessions.find('user_id', user)) {
          await Sessions.revoke(id, { reason: 'because' })
        }
      },
    ],
    [
      'ctx.session.revoke',
      async (user) => {
        const other = await signedIn(user)
        const { value: own } = await other.visit((s) => s.peek())
        for await (const { id } of Sessions.find('user_id', user)) {
          if (id === own.id) continue
          await other.visit((s) => s.revoke(id, 'user_id', { reason: 'because' }))
        }
      },
    ],
    [
      'revokeOthers',
      async (user) => {
        const other = await signedIn(user)
        await other.visit((s) => s.revokeOthers('user_id', { reason: 'because' }))
      },
    ],
  ])('%s: the browser is told, until it has another session', async (how, end) => {
    const browser = await signedIn(how)
    await end(how)
    expect((await browser.visit(seen)).value).toEqual(told('because'))
    expect((await browser.visit(seen)).value).toEqual(told('because'))
    const { value } = await browser.visit(async (s) => {
      const { id } = await s.get()
      return { id, state: s.state, why: s.endReason }
    })
    expect(value).toEqual({ id: expect.any(String), state: 'alive', why: 'because' })
    expect((await browser.visit(seen)).value).toMatchObject({ state: 'alive', why: undefined })
  })

  test.each<[string, (s: Session) => Promise<unknown>]>([
    ['get', (s) => s.get()],
    ['a form token', (s) => s.createCSRFToken()],
    ['signIn', (s) => s.signIn({ user_id: 'again' })],
    ['set', (s) => s.set({ a: 1 })],
    ['touch', (s) => s.touch()],
  ])('%s starts another session, and still says why', async (how, call) => {
    const browser = await signedIn(`start ${how}`)
    await Sessions.revokeAll('user_id', `start ${how}`, { reason: 'because' })
    const { value, error } = await browser.visit(async (s) => {
      await call(s)
      return [s.state, s.endReason]
    })
    expect([value, error]).toEqual([['alive', 'because'], undefined])
  })

  test('the owner’s other tabs are told', async () => {
    const browser = await signedIn('owner')
    const tab = browser.copy()
    await browser.visit((s) => s.delete({ reason: 'signed out' }))
    expect((await tab.visit(seen)).value).toEqual(told('signed out'))
    expect((await browser.visit(seen)).value).toEqual({ read: {}, state: 'none', why: undefined })
  })

  test('an owner who deletes an ended session is told who did', async () => {
    const browser = await signedIn('deletes')
    const { value } = await browser.visit(async (s) => {
      await s.peek()
      await Sessions.revokeAll('user_id', 'deletes', { reason: 'because' })
      await s.delete({ reason: 'signed out' })
      return [s.state, s.endReason]
    })
    expect(value).toEqual(['ended', 'because'])
  })

  test('a cookie of another path that was superseded comes before one that ended', async () => {
    const dead = await signedIn('dead')
    await Sessions.revokeAll('user_id', 'dead', { reason: 'because' })
    const browser = await signedIn('other path')
    const late = site.browser()
    late.headers['cookie'] = [dead, browser].map((one) => `session-id=${one.cookie}`).join('; ')
    await browser.visit((s) => s.regenerate())
    expect((await late.visit(seen)).value).toMatchObject({ state: 'superseded', why: undefined })
    // Who signs out must be out.
    expect((await late.visit((s) => s.delete())).error).toBeUndefined()
    expect((await browser.visit(seen)).value).toMatchObject({ state: 'none' })
  })

  test('a limit says so', async () => {
    const browser = site.browser()
    await browser.visit((s) => s.signIn({ user_id: 'limit', seat: 'one' }))
    await site.browser().visit((s) => s.signIn({ user_id: 'limit', seat: 'one' }))
    expect((await browser.visit(seen)).value).toEqual(told('limit'))
  })

  test('nobody else is told: ids are public', async () => {
    const browser = await signedIn('public')
    const [id] = browser.cookie!.split('.')
    await Sessions.revokeAll('user_id', 'public', { reason: 'because' })
    const stranger = site.browser()
    stranger.cookies.set('session-id', `${id}.${'x'.repeat(32)}`)
    expect((await stranger.visit(seen)).value).toEqual({ read: {}, state: 'none', why: undefined })
  })

  test('without a reason it is none, as before', async () => {
    const browser = await signedIn('silent')
    await Sessions.revokeAll('user_id', 'silent')
    expect((await browser.visit(seen)).value).toEqual({ read: {}, state: 'none', why: undefined })
  })

  test('a request that had seen the session alive starts none, and its error says why', async () => {
    const browser = await signedIn('seen')
    const { value } = await browser.visit(async (s) => {
      await s.peek()
      await Sessions.revokeAll('user_id', 'seen', { reason: 'because' })
      const error = await s.set({ a: 1 }).catch((thrown: SessionError) => thrown)
      return [(error as SessionError).code, (error as SessionError).reason, s.state, s.endReason]
    })
    expect(value).toEqual(['ERR_SESSION_REVOKED', 'because', 'ended', 'because'])
  })

  test.each<[string, string | undefined, (user: string) => Promise<unknown>]>([
    ['because', 'because', (user) => Sessions.revokeAll('user_id', user, { reason: 'because' })],
    ['nothing', undefined, (user) => Sessions.revokeAll('user_id', user)],
  ])('a signal has the reason: %s', async (how, reason, end) => {
    const browser = await signedIn(`signal ${how}`)
    const { value } = await browser.visit(async (s) => {
      const { signal } = s
      await s.peek()
      const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve))
      await end(`signal ${how}`)
      await aborted
      return [signal.reason.code, signal.reason.reason]
    })
    expect(value).toEqual(['ERR_SESSION_REVOKED', reason])
  })

  test('a signal of a cookie whose session had ended has the reason', async () => {
    const browser = await signedIn('before')
    await Sessions.revokeAll('user_id', 'before', { reason: 'because' })
    const { value } = await browser.visit(async (s) => {
      const { signal } = s
      await s.peek()
      return [signal.aborted, signal.reason.code, signal.reason.reason]
    })
    expect(value).toEqual([true, 'ERR_SESSION_REVOKED', 'because'])
  })

  test('a signal says that the session expired', async () => {
    const browser = await signedIn('short')
    const { value } = await browser.visit(async (s) => {
      const { signal } = s
      const { id = '' } = await s.get()
      const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve))
      await Sessions.store.touch(id, 200)
      await aborted
      return signal.reason.reason
    })
    expect(value).toBe('expired')
  })

  test.each([
    ['an empty one', ''],
    ['too long', 'x'.repeat(101)],
    ['no text', 7],
    ['half a character', '\uD800'],
  ])('refuses %s, and ends nothing', async (name, reason) => {
    const browser = await signedIn(`refused ${name}`)
    const options = { reason: reason as string }
    const calls = [
      browser.visit((s) => s.delete(options)),
      browser.visit((s) => s.revokeOthers('user_id', options)),
      browser.visit((s) => s.revoke('x', 'user_id', options)),
    ]
    for (const { error } of await Promise.all(calls)) {
      expect(error).toMatchObject({ code: 'ERR_SESSION_OPTIONS' })
    }
    for (const call of [
      Sessions.revokeAll('user_id', `refused ${name}`, options),
      Sessions.revoke('x', options),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'ERR_SESSION_OPTIONS' })
    }
    expect(await Sessions.count('user_id', `refused ${name}`)).toBe(1)
  })
})
