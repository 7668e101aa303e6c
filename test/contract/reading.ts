import { beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/store/store.js'
import { createId, createToken } from '../../src/store/token.js'
import {
  collect,
  elapsedSince,
  foundIds,
  freshPrefix,
  HOUR,
  login,
  loginMany,
  POLICY,
  set,
  type Open,
} from '../support/store.js'

export function describeReading(open: Open): void {
  let store: Store
  beforeAll(async () => {
    store = await open(POLICY, freshPrefix())
  })

  describe('create and read', () => {
    test('reads what was created', async () => {
      const { id, secretHash, lifetime } = await login(store, { user_id: 7, name: 'x' })
      expect(await store.read(id)).toEqual({ values: { user_id: '7', name: 'x' }, secretHash })
      expect(lifetime).toMatchObject({ expiresIn: HOUR, hasOwnMaxAge: false })
    })

    test('reads only the given fields, and omits missing ones', async () => {
      const { id, secretHash } = await login(store, { a: 1, b: 2 })
      const read = await store.read(id, ['b', 'c', 'constructor'])
      expect(read).toEqual({ values: { b: '2' }, secretHash })
      expect(await store.read(id, [])).toEqual({ values: {}, secretHash })
    })

    test('inspects only the given fields, with the same times', async () => {
      for (const maxAge of [undefined, 2 * HOUR]) {
        const start = performance.now()
        const { id, secretHash } = await login(store, { a: 1, b: 'x'.repeat(1000) }, maxAge)
        const whole = (await store.inspect(id))!
        for (const [names, values] of [
          [['a', 'c', 'constructor'], { a: '1' }],
          [['c'], {}],
          [[], {}],
        ] as const) {
          const part = (await store.inspect(id, names))!
          expect(part).toEqual({
            id,
            secretHash,
            values,
            now: expect.any(Number),
            createdAt: whole.createdAt,
            signedInAt: undefined,
            lastActiveAt: whole.createdAt,
            expiresAt: expect.closeTo(whole.expiresAt, -2),
            idleFor: expect.any(Number),
          })
          // That none of the fields is among those asked for makes no empty session of it.
          expect(part.idleFor).toBeGreaterThanOrEqual(0)
          expect(part.idleFor).toBeLessThanOrEqual(elapsedSince(start))
        }
      }
    })

    test('inspects a session without fields', async () => {
      const start = performance.now()
      const { id } = await login(store, {})
      for (const names of [undefined, [], ['a']]) {
        const { values, idleFor } = (await store.inspect(id, names))!
        expect(values).toEqual({})
        expect(idleFor).toBeGreaterThanOrEqual(0)
        expect(idleFor).toBeLessThanOrEqual(elapsedSince(start))
      }
    })

    test('inspects thousands of fields', async () => {
      const values = Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`f${i}`, `${i}`]))
      const { id } = await login(store, { ...values, more: 1 })
      expect((await store.inspect(id, Object.keys(values)))!.values).toEqual(values)
    })

    test('reads undefined for an id that is unknown or malformed', async () => {
      for (const id of [createId(), '', 'x', `${createId()}}`, '*', '../..', 'a'.repeat(10_000)]) {
        expect(await store.read(id)).toBeUndefined()
        expect(await store.inspect(id)).toBeUndefined()
        expect(await store.inspect(id, ['a'])).toBeUndefined()
      }
    })

    test('refuses an id in use, whose session stays', async () => {
      const { id, secretHash } = await login(store, { a: 1 })
      const again = store.create(id, createToken(24).secretHash, set({ a: 2, user_id: 99 }))
      await expect(again).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
      expect(await store.read(id)).toEqual({ values: { a: '1' }, secretHash })
      expect(await foundIds(store, 'user_id', '99')).toEqual([])
    })

    test.each([
      ['an empty text', ''],
      ['NUL', 'a\0b'],
      ['CRLF', 'a\r\n$3\r\nb'],
      ['emoji', '🦊 ёж 漢字'],
      ['100 kB', 'x'.repeat(100_000)],
      ['a number of 100 digits', '9'.repeat(100)],
    ])('keeps %s exactly', async (_, text) => {
      const { id } = await login(store, { text })
      expect((await store.read(id))?.values).toEqual({ text })
      await store.update(id, set({ [text.slice(0, 1000) || 'name']: text }))
      expect((await store.read(id))?.values[text.slice(0, 1000) || 'name']).toBe(text)
    })

    test('keeps field names that every object has', async () => {
      const values = { constructor: 'a', toString: 'b', hasOwnProperty: 'c' }
      const { id } = await login(store, values)
      expect((await store.read(id))?.values).toEqual(values)
    })

    test('keeps thousands of fields', async () => {
      const values = Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`f${i}`, i]))
      const { id } = await login(store, { ...values, user_id: 'many' })
      await store.update(id, set({ ...values, more: 1 }))
      expect(Object.keys((await store.read(id))?.values ?? {})).toHaveLength(9002)
      await store.update(id, { unset: Object.keys(values) })
      expect((await store.read(id))?.values).toEqual({ user_id: 'many', more: '1' })
    })
  })

  describe('find, by any value', () => {
    test.each([
      '}',
      '}}',
      '%7D',
      '%',
      '{x}',
      '{',
      '*',
      '',
      'session:{id}',
      'a:b',
      '🦊',
      'a\0b',
      ' ',
    ])('finds the value %j and nothing else', async (value) => {
      const own = await open(POLICY, freshPrefix())
      const { id } = await login(own, { user_id: value })
      await login(own, { user_id: `${value}x` })
      await login(own, { org_id: value })
      expect(await foundIds(own, 'user_id', value)).toEqual([id])
      expect(await own.count('user_id', value)).toBe(1)
      expect(await own.revokeAll('user_id', value)).toBe(1)
      expect(await foundIds(own, 'user_id', value)).toEqual([])
      expect(await own.count('org_id', value)).toBe(1)
    })

    test('yields id, values and times', async () => {
      const before = Date.now()
      const { id, secretHash } = await login(store, { user_id: 'times', a: 'b' })
      const [session] = await collect(store.find('user_id', 'times'))
      expect(session).toMatchObject({ id, secretHash, values: { user_id: 'times', a: 'b' } })
      expect(session!.createdAt).toBeGreaterThanOrEqual(before - 1000)
      expect(session!.expiresAt - session!.createdAt).toBeGreaterThan(HOUR - 5000)
      expect(session!.expiresAt - session!.createdAt).toBeLessThan(HOUR + 5000)
    })

    test('can be stopped early', async () => {
      await login(store, { user_id: 'early' })
      await login(store, { user_id: 'early' })
      for await (const session of store.find('user_id', 'early')) {
        expect(session.values).toEqual({ user_id: 'early' })
        break
      }
    })

    test('finds each of many sessions once, and ends them all', async () => {
      const logins = await loginMany(store, 1200, { user_id: 'crowd', org_id: 'crowd' })
      const ids = logins.map(({ id }) => id).toSorted()
      expect(await foundIds(store, 'user_id', 'crowd')).toEqual(ids)
      expect(await store.count('org_id', 'crowd')).toBe(1200)
      expect(await store.revokeAll('user_id', 'crowd')).toBe(1200)
      expect(await store.count('org_id', 'crowd')).toBe(0)
    })
  })

  test('names its keys', () => {
    const id = createId()
    expect(store.getSessionKey(id)).toMatch(new RegExp(`^contract-.{20}:\\{${id}\\}$`))
    expect(store.getReferenceKey('user_id', '7')).toMatch(/^contract-.{20}:user_id=\{7\}$/)
  })
}
