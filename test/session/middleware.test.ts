/** The rows of the API's table that are on the middleware. */
import Koa from 'koa'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { MemoryStore, SessionError, sessions } from '../../src/index.js'
import { collect } from '../store/contract/support.js'
import { createSite, redis, STORES } from './site.js'

describe.each(STORES)('Session in %s', (_, store) => {
  const site = createSite(store())
  const { Session } = site

  async function signIn(user_id: string | number, times = 1) {
    const browsers = Array.from({ length: times }, () => site.browser())
    for (const browser of browsers) await browser.visit((s) => s.set({ user_id, a: 1 }))
    return browsers
  }

  test('find yields live sessions: id, values, times as dates', async () => {
    const [browser] = await signIn('found')
    const [session, ...none] = await collect(Session.find('user_id', 'found'))
    expect(none).toEqual([])
    expect(session).toEqual({
      id: browser!.cookie?.slice(0, 20),
      values: { user_id: 'found', a: '1' },
      createdAt: expect.any(Date),
      expiresAt: expect.any(Date),
    })
    expect(Math.abs(session!.createdAt.getTime() - Date.now())).toBeLessThan(10_000)
    expect(session!.expiresAt.getTime() - Date.now()).toBeGreaterThan(27.9 * 24 * 3600_000)
  })

  test('count counts, and takes 1, "1" and 1n as one', async () => {
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

  test('revokeAll ends all, but for an id or a session that was not even read', async () => {
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
    expect(await operator.get(id)).toEqual({ user_id: 'op', a: '1', c: 'true' })
    expect(await operator.get(id, ['a', 'x'])).toEqual({ a: '1' })
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

  test('store keeps to the time that a call gives', async () => {
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

  test('store starts no session by unset and touch', async () => {
    const id = Session.store.createSessionId()
    await Session.store.unset(id, ['a'], '1 hour')
    await Session.store.touch(id, '1 hour')
    expect(await Session.revoke(id)).toBe(false)
  })

  test('each id is another one', () => {
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

describe('options', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  test.each([
    ['maxAge', 0],
    ['maxAge', -1],
    ['maxAge', Number.NaN],
    ['maxAge', Number.POSITIVE_INFINITY],
    ['maxAge', 'soon'],
    ['maxAge', ''],
    ['maxAge', '1 day'.repeat(50)],
    ['maxAge', null],
    ['maxAge', {}],
    ['maxAge', '2000 years'],
    ['absoluteMaxAge', 0],
    ['emptyMaxAge', 'x'],
    ['rolling', -5],
    ['rolling', 'x'],
    ['timeout', 0],
    ['timeout', '31 seconds'],
    ['persistent', 'yes'],
    ['prefix', ''],
    ['prefix', '{x}'],
    ['prefix', 7],
    ['byteLength', 15],
    ['byteLength', 129],
    ['byteLength', 24.5],
    ['key', ''],
    ['key', 'a b'],
    ['key', 'a=b'],
    ['secure', 'yes'],
    ['sameSite', 'foo'],
    ['sameSite', 'none'],
    ['path', 'a;b'],
    ['path', 7],
    ['domain', 'x y'],
    ['domain', ''],
    ['priority', 'highest'],
    ['partitioned', true],
    ['key', '__Host-x'],
    ['key', '__Secure-x'],
    ['key', '__host-x'],
    ['emptyMaxAge', null],
    ['timeout', null],
    ['signed', 1],
    ['httpOnly', 'no'],
    ['cluster', 'yes'],
    ['client', {}],
    ['client', 'redis://localhost'],
    ['client', null],
    ['store', {}],
    ['store', null],
    ['references', ['user_id']],
    ['references', { user_id: false }],
    ['references', { user_id: { rotate: 'no' } }],
    ['references', { user_id: { unique: true } }],
    ['references', { user_id: { max: 0 } }],
    ['references', { user_id: { max: 1.5 } }],
    ['references', { user_id: { max: '5' } }],
    ['references', { user_id: { max: 1001 } }],
    ['references', { user_id: { max: null } }],
    ['references', { user_id: { max: 5, onMax: 'evict' } }],
    ['references', { user_id: { onMax: 'refuse' } }],
    ['references', { $x: {} }],
    ['references', { id: {} }],
    ['references', { 'a:b': {} }],
    ['references', { 'a{b': {} }],
    ['references', { '': {} }],
    ['references', { 'x\ud800': {} }],
    ['references', { user_id: [] }],
    ['maxage', '1 day'],
  ])('%s: %j fails when the middleware is made, by name', (name, value) => {
    const make = () => sessions(new Koa(), { [name]: value })
    expect(make).toThrow(SessionError)
    expect(make).toThrow(
      expect.objectContaining({
        code: 'ERR_SESSION_OPTIONS',
        message: expect.stringContaining(name),
      }),
    )
  })

  test('a client and a store together, and no app, are refused', () => {
    const refused = expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' })
    expect(() => sessions(new Koa(), { client: redis(), store: new MemoryStore() })).toThrow(
      refused,
    )
    expect(() => sessions({} as never)).toThrow(refused)
    expect(() => sessions(new Koa(), null as never)).toThrow(refused)
  })

  test.each([0, -1, Number.NaN, 'soon', '', Infinity])(
    'a call with maxAge %j is refused, and changes nothing',
    async (maxAge) => {
      const browser = createSite().browser()
      for (const answer of [
        await browser.visit((s) => s.set({ a: 1 }, maxAge)),
        await browser.visit((s) => s.unset(['a'], maxAge)),
        await browser.visit((s) => s.touch(maxAge)),
      ]) {
        expect(answer.error).toMatchObject({ code: 'ERR_SESSION_OPTIONS' })
        expect(answer.setCookies).toEqual([])
      }
    },
  )

  test('the caller’s object is not changed, nor does a later change of it matter', async () => {
    const references = { user_id: Object.freeze({}) }
    const options = Object.freeze({ references, maxAge: '1 day', store: new MemoryStore() })
    const Session = sessions(new Koa(), options)
    Object.assign(references, { name: {} })
    expect(() => Session.getReferenceKey('name', 1)).toThrow(SessionError)
    expect(options).toEqual({ references, maxAge: '1 day', store: options.store })
  })

  test('memory has to be asked for in production', () => {
    vi.stubEnv('NODE_ENV', 'production')
    expect(() => sessions(new Koa(), {})).toThrow(/new MemoryStore\(\)/)
    expect(() => sessions(new Koa(), { store: new MemoryStore() })).not.toThrow()
  })
})
