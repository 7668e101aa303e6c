/** What may be kept, and what is refused by name before anything is sent. */
import { describe, expect, test } from 'vitest'
import type { FieldValues } from '../../../src/index.js'
import { redis } from '../../support/clients/redis.js'
import { createSite, STORES } from '../../support/http-app.js'

const REFUSED: [string, unknown][] = [
  ['an array', ['x', 'user_id', '1']],
  ['an empty array', []],
  ['an object', { a: 1 }],
  ['a function', () => 1],
  ['a symbol', Symbol('x')],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['a date', new Date()],
  ['a lone surrogate', '\ud800'],
  ['a Buffer', Buffer.from('x')],
]

const NAMES = ['id', '$secret', '$created', '$', '', '__proto__', '\ud800']

describe.each(STORES)('fields in %s', (_, store) => {
  const site = createSite(store())
  const { Session } = site

  test.each(REFUSED)(
    '%s is refused as a value, by name, and nothing is sent',
    async (_kind, value) => {
      const browser = site.browser()
      const values = { good: 1, roles: value, user_id: 'refused' } as FieldValues
      const fresh = await browser.visit((s) => s.set(values))
      expect(fresh.error).toMatchObject({ code: 'ERR_SESSION_FIELD', status: 500 })
      expect(fresh.error?.message).toContain('"roles"')
      expect(fresh.setCookies).toEqual([])
      await browser.visit((s) => s.set({ a: 1 }))
      expect((await browser.visit((s) => s.set(values))).error?.code).toBe('ERR_SESSION_FIELD')
      expect((await browser.visit((s) => s.peek())).value).toEqual({
        id: expect.any(String),
        a: '1',
      })
      const id = Session.store.createSessionId()
      await expect(Session.store.set(id, values)).rejects.toMatchObject({
        code: 'ERR_SESSION_FIELD',
      })
      expect(await Session.store.get(id)).toEqual({})
      expect(await Session.count('user_id', 'refused')).toBe(0)
    },
  )

  test.each(NAMES)('%j is refused as a name', async (name) => {
    const values = JSON.parse(`{${JSON.stringify(name)}: "x"}`) as FieldValues
    const { value } = await site.browser().visit(async (s) => {
      const calls = [
        s.set(values),
        s.unset([name]),
        s.increment(name),
        Session.store.set(Session.store.createSessionId(), values),
        ...(name === 'id' ? [] : [s.get([name]), s.peek([name])]),
      ]
      const outcomes = await Promise.allSettled(calls)
      return [outcomes.map((outcome) => 'reason' in outcome && outcome.reason.code), s.id]
    })
    expect(new Set(value[0])).toEqual(new Set(['ERR_SESSION_FIELD']))
    expect(value[1]).toBeUndefined()
  })

  test.each([null, undefined, 'x', 7, ['a', 1], new Map([['a', 1]]), () => 1])(
    '%j is refused in place of values',
    async (values) => {
      const { error } = await site.browser().visit((s) => s.set(values as never))
      expect(error).toMatchObject({ code: 'ERR_SESSION_FIELD' })
    },
  )

  test.each([null, 7, { a: 1 }, [1], [null]])('%j is refused in place of names', async (names) => {
    const { error } = await site.browser().visit((s) => s.unset(names as never))
    expect(error).toMatchObject({ code: 'ERR_SESSION_FIELD' })
  })

  test('a field name that every object has is kept, and nothing else changes', async () => {
    const values = { constructor: 'x', toString: 'y', hasOwnProperty: 'z' } as never
    const { value } = await site.browser().visit(async (s) => {
      await s.set(values)
      return s.get()
    })
    expect(value).toEqual({ id: expect.any(String), ...(values as object) })
    expect({}.constructor).toBe(Object)
    expect('polluted' in {}).toBe(false)
  })

  test.each([
    ['empty', ''],
    ['NUL', 'a\0b'],
    ['CRLF', 'a\r\nSet-Cookie: x=y'],
    ['emoji', '🦊'],
    ['100 kB', 'é'.repeat(50_000)],
    ['-0', -0],
    ['2^53', 2 ** 53],
    ['1e20', 1e20],
    ['a bigint of 100 digits', 10n ** 100n],
    ['false', false],
  ])('%s is kept exactly, as a string', async (_kind, kept) => {
    const { value } = await site.browser().visit(async (s) => {
      await s.set({ kept, user_id: kept })
      return s.get()
    })
    expect(value).toMatchObject({ kept: String(kept), user_id: String(kept) })
    expect(await Session.revokeAll('user_id', kept)).toBe(1)
  })

  test('no error message holds a value', async () => {
    const { error } = await site.browser().visit((s) => s.set({ a: ['hunter2'] as never }))
    expect(JSON.stringify([error?.message, error?.stack])).not.toContain('hunter2')
  })
})

test('an array never becomes other fields in Redis', async () => {
  const client = redis()
  const site = createSite({ client })
  const browser = site.browser()
  await browser.visit((s) => s.set({ a: 1 }))
  await browser.visit((s) => s.set({ roles: ['x', 'user_id', '1'] as never }))
  const { value } = await browser.visit(async (s) => {
    await s.peek()
    return client.hgetall(s.getKey()!)
  })
  expect(Object.keys(value).toSorted()).toEqual(['$created', '$secret', 'a'])
})
