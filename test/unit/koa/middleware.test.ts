/** The rows of the API's table that are on the middleware. */
import { describe, expect, test, vi } from 'vitest'
import { collect } from '../../support/store.js'
import { redis } from '../../support/clients/redis.js'
import { createSite, STORES } from '../../support/http-app.js'

describe.each(STORES)('Session in %s', (_, store) => {
  const site = createSite(store())
  const { Session } = site

  async function signIn(user_id: string | number, times = 1) {
    const browsers = Array.from({ length: times }, () => site.browser())
    for (const browser of browsers) await browser.visit((s) => s.set({ user_id, a: 1 }))
    return browsers
  }

  test('find yields live sessions: id, values, times as dates', async () => {
    const before = Date.now()
    const [browser] = await signIn('found')
    const after = Date.now()
    const [session, ...none] = await collect(Session.find('user_id', 'found'))
    expect(none).toEqual([])
    expect(session).toEqual({
      id: browser!.cookie?.slice(0, 20),
      values: { user_id: 'found', a: '1' },
      createdAt: expect.any(Date),
      signedInAt: undefined,
      lastActiveAt: session!.createdAt,
      expiresAt: expect.any(Date),
      bound: false,
    })
    expect(session!.createdAt.getTime()).toBeGreaterThanOrEqual(before)
    expect(session!.createdAt.getTime()).toBeLessThanOrEqual(after)
    expect(session!.expiresAt.getTime() - Date.now()).toBeGreaterThan(27.9 * 24 * 3600_000)
  })

  test('count takes 1, "1" and 1n as one value', async () => {
    await signIn(771)
    await signIn('771')
    expect(await Session.count('user_id', 771)).toBe(2)
    expect(await Session.count('user_id', '771')).toBe(2)
    expect(await Session.count('user_id', 771n)).toBe(2)
    expect(await Session.count('user_id', 'nobody')).toBe(0)
  })

  test('revoke ends one session, and says whether there was one', async () => {
    const [browser] = await signIn('revoked')
    const { value: id } = await browser!.visit(async (s) => (await s.peek()).id!)
    expect(await Session.revoke(id)).toBe(true)
    expect(await Session.revoke(id)).toBe(false)
    expect(await Session.revoke('rubbish')).toBe(false)
    expect((await browser!.visit((s) => s.peek())).value).toEqual({})
  })

  test('revokeAll ends all but an id, or a session that was not read', async () => {
    const browsers = await signIn('all', 4)
    const [first, second] = browsers
    const kept = await first!.visit((s) => Session.revokeAll('user_id', 'all', { except: s }))
    expect(kept.value).toBe(3)
    expect((await first!.visit((s) => s.peek())).value['user_id']).toBe('all')
    expect((await second!.visit((s) => s.peek())).value).toEqual({})
    const typo = Session.revokeAll('user_id', 'all', { expect: first } as never)
    await expect(typo).rejects.toMatchObject({ code: 'ERR_SESSION_OPTIONS' })
    const id = first!.cookie!.slice(0, 20)
    expect(await Session.revokeAll('user_id', 'all', { except: id })).toBe(0)
    expect(await Session.revokeAll('user_id', 'all', {})).toBe(1)
    for (const except of [{ id }, '', undefined, null, 'rubbish']) {
      const wrong = Session.revokeAll('user_id', 'all', { except: except as never })
      await expect(wrong).rejects.toMatchObject({ code: 'ERR_SESSION_OPTIONS' })
    }
  })

  test('a field that is no reference, or a value that is none, is refused', async () => {
    for (const [field, value] of [
      ['name', 1],
      ['toString', 1],
      ['user_id', null],
      ['user_id', undefined],
      ['user_id', {}],
      ['user_id', ['x']],
      ['user_id', Number.NaN],
    ] as [string, never][]) {
      const refused = expect.objectContaining({ code: 'ERR_SESSION_FIELD' })
      expect(() => Session.find(field, value)).toThrow(refused)
      expect(() => Session.getReferenceKey(field, value)).toThrow(refused)
      expect(() => Session.store.getReferenceKey(field, value)).toThrow(refused)
      if (field !== 'user_id') expect(() => Session.decodeReference(field, 'x')).toThrow(refused)
      await expect(Session.count(field, value)).rejects.toEqual(refused)
      await expect(Session.revokeAll(field, value)).rejects.toEqual(refused)
    }
  })

  test('store reads and writes by id', async () => {
    const operator = Session.store
    const id = operator.createSessionId()
    expect(id).toMatch(/^[\w-]{20}$/)
    expect(await operator.get(id)).toEqual({})
    await operator.set(id, { user_id: 'op', a: 1, b: null })
    await operator.set(id, { c: true }, '1 hour')
    expect(await operator.get(id)).toEqual({ id, user_id: 'op', a: '1', c: 'true' })
    expect(await operator.get(id, ['a', 'x'])).toEqual({ id, a: '1' })
    await operator.unset(id, ['a'])
    await operator.touch(id, '2 hours')
    const [found] = await collect(Session.find('user_id', 'op'))
    expect(found?.values).toEqual({ user_id: 'op', c: 'true' })
    expect(found!.expiresAt.getTime() - Date.now()).toBeGreaterThan(1.9 * 3600_000)
    await operator.delete(id)
    await operator.delete(id)
    expect(await operator.get(id)).toEqual({})
    expect(await Session.count('user_id', 'op')).toBe(0)
    await operator.unset(id, ['a'])
    await operator.touch(id)
    expect(await operator.get(id)).toEqual({})
    expect(operator.getSessionKey(id)).toMatch(new RegExp(`:\\{${id}\\}$`))
    expect(operator.getReferenceKey('user_id', 1)).toBe(Session.getReferenceKey('user_id', '1'))
    expect(() => operator.getReferenceKey('user_id', ['x'] as never)).toThrow(
      expect.objectContaining({ code: 'ERR_SESSION_FIELD' }),
    )
    await expect(operator.set('rubbish', { a: 1 })).rejects.toMatchObject({
      code: 'ERR_SESSION_FIELD',
    })
    await expect(operator.set(id, { a: 1 }, 'soon')).rejects.toMatchObject({
      code: 'ERR_SESSION_OPTIONS',
    })
  })

  test('store keeps to the maxAge of a call', async () => {
    const operator = Session.store
    const id = operator.createSessionId()
    const hours = async () => {
      const [found] = await collect(Session.find('user_id', 'timed'))
      return Math.round((found!.expiresAt.getTime() - Date.now()) / 3600_000)
    }
    await operator.set(id, { user_id: 'timed', a: 1 }, '5 hours')
    expect(await hours()).toBe(5)
    await operator.set(id, { a: 2 }, '7 hours')
    expect(await hours()).toBe(7)
    await operator.unset(id, 'a', '9 hours')
    expect(await hours()).toBe(9)
    await operator.touch(id)
    expect(await hours()).toBe(9)
  })

  test('store starts no session with unset and touch', async () => {
    const id = Session.store.createSessionId()
    await Session.store.unset(id, ['a'], '1 hour')
    await Session.store.touch(id, '1 hour')
    expect(await Session.revoke(id)).toBe(false)
  })

  test('ids are unique', () => {
    const ids = Array.from({ length: 1000 }, () => Session.store.createSessionId())
    expect(new Set(ids).size).toBe(1000)
  })

  test('ids sort by age', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const ids = Array.from({ length: 300 }, () => {
        vi.advanceTimersByTime(7 * 24 * 3600_000)
        return Session.store.createSessionId()
      })
      expect(ids.toSorted()).toEqual(ids)
    } finally {
      vi.useRealTimers()
    }
  })
})

test('getReferenceKey names the set, for client.smembers', async () => {
  const client = redis()
  const { Session, browser } = createSite({ client })
  const { value: id } = await browser().visit(async (s) => {
    await s.set({ user_id: 1 })
    return s.id
  })
  expect(await client.smembers(Session.getReferenceKey('user_id', 1))).toEqual([id])
  expect(Session.store.client).toBe(client)
})
