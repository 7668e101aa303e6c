import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Redis } from 'ioredis'
import Koa from 'koa'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { field, MemoryStore, type SessionOptions, sessions } from '../../../src/index.js'
import { createId } from '../../../src/store/token.js'
import { collect } from '../../support/store.js'
import { createSite } from '../../support/http-app.js'

const FIELDS = {
  user_id: field.number(),
  name: field.string(),
  seen: field.date(),
  admin: field.boolean().default(false),
  big: field.bigint(),
  visits: field.number(),
  cart: field.json<{ sku: string }[]>(),
  preferences: field.json(z.object({ theme: z.enum(['light', 'dark']) })),
}
const VALUES = {
  user_id: 7,
  name: 'x',
  seen: new Date(1795449600123),
  admin: true,
  big: 10n ** 30n,
  cart: [{ sku: 'a' }],
  preferences: { theme: 'dark' },
}

let client: Redis
beforeAll(() => {
  client = new Redis(inject('redisUrl'))
})
afterAll(async () => {
  await client.quit()
})

/** A site with these fields; `createSite` is for any. */
const typedSite = (options: object = {}) =>
  createSite({
    client,
    fields: FIELDS,
    references: { user_id: {}, big: {}, seen: {} },
    ...options,
  } as never)

describe('declared fields', () => {
  test('are read as what they were, all or some', async () => {
    const browser = typedSite().browser()
    await browser.visit((s) => s.set(VALUES as never))
    expect((await browser.visit((s) => s.get())).value).toEqual({
      id: expect.any(String),
      ...VALUES,
    })
    expect((await browser.visit((s) => s.peek(['seen', 'big']))).value).toEqual({
      id: expect.any(String),
      seen: VALUES.seen,
      big: VALUES.big,
    })
  })

  test('are plain strings in Redis', async () => {
    const { value: key } = await typedSite()
      .browser()
      .visit(async (s) => {
        await s.set(VALUES as never)
        return s.getKey()
      })
    expect(await client.hgetall(key!)).toMatchObject({
      user_id: '7',
      name: 'x',
      seen: '2026-11-23T16:00:00.123Z',
      admin: 'true',
      big: String(VALUES.big),
      cart: '[{"sku":"a"}]',
      preferences: '{"theme":"dark"}',
    })
  })

  test('that are absent read as undefined, or as their default', async () => {
    const { value } = await typedSite()
      .browser()
      .visit((s) => s.get())
    expect(value).toEqual({ id: expect.any(String), admin: false })
  })

  test('find and end sessions, by values of their kind', async () => {
    const site = typedSite()
    const Session = site.Session as unknown as ReturnType<typeof make>
    const make = () => sessions(new Koa(), { client, fields: FIELDS })
    const browser = site.browser()
    await browser.visit((s) => s.set(VALUES as never))
    for (const [name, value] of [
      ['user_id', 7],
      ['big', VALUES.big],
      ['seen', VALUES.seen],
    ] as const) {
      const [found] = await collect(Session.find(name as 'user_id', value as number))
      expect(found?.values).toEqual(VALUES)
    }
    const id = browser.cookie!.slice(0, 20)
    expect(await Session.store.get(id, ['seen'])).toEqual({ id, seen: VALUES.seen })
    expect(await Session.revokeAll('user_id', 7)).toBe(1)
  })

  test('of another kind, or undeclared, are refused by name, and nothing is sent', async () => {
    const browser = typedSite().browser()
    for (const values of [
      { user_id: '7' },
      { user_id: 7n },
      { user_id: Number.NaN },
      { name: 7 },
      { seen: '2026-11-23' },
      { seen: new Date(Number.NaN) },
      { admin: 'yes' },
      { big: 7 },
      { cart: [{ sku: undefined }] },
      { preferences: { theme: 'blue' } },
      { nobody: 1 },
      { toString: 'x' },
    ]) {
      const { error, setCookies } = await browser.visit((s) =>
        s.set({ visits: 1, ...values } as never),
      )
      expect(error).toMatchObject({ code: 'ERR_SESSION_FIELD' })
      expect(error?.message).toContain(`"${Object.keys(values)[0]}"`)
      expect(setCookies).toEqual([])
    }
    for (const call of [
      () => browser.visit((s) => s.get(['nobody'])),
      () => browser.visit((s) => s.unset(['nobody'])),
      () => browser.visit((s) => s.increment('nobody')),
      () => browser.visit((s) => s.increment('name')),
      () => browser.visit((s) => s.increment('cart')),
    ]) {
      expect((await call()).error).toMatchObject({ code: 'ERR_SESSION_FIELD' })
    }
  })

  test('count: numbers as numbers, bigints as bigints', async () => {
    const { value } = await typedSite({ references: {} })
      .browser()
      .visit(async (s) => [
        await s.increment('visits', 5),
        await s.increment('visits', -7),
        await s.increment('big', 9007199254740993n),
        await s.increment('big'),
      ])
    expect(value).toEqual([5, -2, 9007199254740993n, 9007199254740994n])
  })
})

describe('a string that does not decode', () => {
  async function outdated(options: object = {}) {
    const prefix = `outdated-${createId()}`
    const before = createSite({ client, prefix })
    const site = typedSite({ prefix, ...options })
    const old = before.browser()
    await old.visit((s) => s.set({ user_id: 7, seen: 'yesterday', admin: 'yes', cart: '{', x: 1 }))
    const browser = site.browser()
    for (const [name, value] of old.cookies) browser.cookies.set(name, value)
    return browser
  }

  test('reads as absent or its default, and publishes an event', async () => {
    const browser = await outdated()
    const told: unknown[] = []
    const listen = (message: unknown) => told.push(message)
    subscribe('koa-redis-session-sets:field-undecodable', listen)
    try {
      const { value, error } = await browser.visit((s) => s.get())
      expect(error).toBeUndefined()
      expect(value).toEqual({ id: expect.any(String), user_id: 7, admin: false })
      const { id } = value
      expect(told).toEqual([
        { field: 'seen', id },
        { field: 'admin', id },
        { field: 'cart', id },
      ])
      // One that is not asked for is not looked at.
      await browser.visit((s) => s.get(['user_id']))
      expect(told).toHaveLength(3)
    } finally {
      unsubscribe('koa-redis-session-sets:field-undecodable', listen)
    }
  })

  test('throws with onUndecodable: throw', async () => {
    const browser = await outdated({ onUndecodable: 'throw' })
    const { error, status } = await browser.visit((s) => s.get())
    expect(error).toMatchObject({ code: 'ERR_SESSION_FIELD' })
    expect(error?.message).toContain('"seen"')
    expect(error?.message).not.toContain('yesterday')
    const json = await browser.visit((s) => s.get(['cart']))
    expect(json.error).toMatchObject({ code: 'ERR_SESSION_FIELD' })
    expect(json.error?.cause).toBeUndefined()
    expect(status).toBe(500)
    expect((await browser.visit((s) => s.get(['user_id']))).value).toMatchObject({ user_id: 7 })
  })
})

describe('a reference whose string is not that of its value', () => {
  test('reads as absent, as nothing would be found by its value', async () => {
    const prefix = `text-${createId()}`
    const before = createSite({ client, prefix }).browser()
    const site = typedSite({ prefix })
    for (const [name, text] of [
      ['user_id', '1234567890123456789'],
      ['user_id', '7.0'],
      ['seen', '2026-11-23T18:00:00+01:00'],
    ] as const) {
      await before.visit((s) => s.set({ [name]: text, name: 'x' }))
      const browser = site.browser()
      browser.cookies.set('session-id', before.cookie!)
      const { value } = await browser.visit((s) => s.get(['name', name]))
      expect(value).toEqual({ id: expect.any(String), name: 'x' })
      expect(() => site.Session.decodeReference(name, text)).toThrow(`"${name}"`)
    }
    // Where nothing is found by it, such a text is a number as any other.
    await before.visit((s) => s.set({ visits: '7.0' }))
    const browser = site.browser()
    browser.cookies.set('session-id', before.cookie!)
    expect((await browser.visit((s) => s.get(['visits']))).value).toMatchObject({ visits: 7 })
  })
})

test('a value names the same set as a number, a string and a bigint', () => {
  const make = (fields?: object) =>
    sessions(new Koa(), {
      store: new MemoryStore(),
      references: { user_id: {} },
      ...(fields !== undefined && { fields }),
    } as never)
  const untyped = make()
  for (const [number, bigint] of [
    [1, 1n],
    [-7, -7n],
    [0, 0n],
    [2 ** 53, 2n ** 53n],
    [1e21, 10n ** 21n],
  ] as const) {
    const key = untyped.getReferenceKey('user_id', bigint)
    expect(untyped.getReferenceKey('user_id', number)).toBe(key)
    expect(untyped.getReferenceKey('user_id', String(bigint))).toBe(key)
    const numbers = make({ user_id: field.number() })
    const bigints = make({ user_id: field.bigint() })
    expect(numbers.getReferenceKey('user_id', number)).toBe(key)
    expect(bigints.getReferenceKey('user_id', bigint)).toBe(key)
  }
})

test.each([
  ['fields', { fields: [] }],
  ['fields', { fields: null }],
  ['fields', { fields: null, references: { user_id: {} } }],
  ['fields.x\ud800', { fields: { 'x\ud800': field.string() } }],
  ['fields.user_id', { fields: { user_id: 'number' } }],
  ['fields.id', { fields: { id: field.string() } }],
  ['fields.$x', { fields: { $x: field.string() } }],
  ['references.cart', { fields: { cart: field.json() }, references: { cart: {} } }],
  ['references.nobody', { fields: { a: field.string() }, references: { nobody: {} } }],
  ['references.toString', { fields: { a: field.string() }, references: { toString: {} } }],
  ['onUndecodable', { onUndecodable: 'ignore' }],
])('%s: %j fails when the middleware is made, by name', (name, options) => {
  expect(() => sessions(new Koa(), options as SessionOptions)).toThrow(
    expect.objectContaining({
      code: 'ERR_SESSION_OPTIONS',
      message: expect.stringContaining(name),
    }),
  )
})
