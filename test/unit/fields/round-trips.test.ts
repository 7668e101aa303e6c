/** For whatever value: it comes back as what it was, or is refused by name. */
import fc from 'fast-check'
import { Redis } from 'ioredis'
import Koa from 'koa'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { type Field, field, sessions } from '../../../src/index.js'
import { createId } from '../../../src/store/token.js'

type AnyField = Field & { encode(value: unknown): string }

/** A number beside a power of two up to which whole numbers are exact. */
const edges = fc
  .tuple(
    fc.constantFrom(2 ** 53, -(2 ** 53), 2 ** 31, 2 ** 63, 2 ** 64),
    fc.integer({ min: -4, max: 4 }),
  )
  .map(([edge, more]) => edge + more)
const numbers = fc
  .oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger(), edges)
  .filter((value) => !Object.is(value, -0))
/** Of about 100 digits. */
const bigints = fc.oneof(fc.bigInt(), fc.bigInt({ min: -(10n ** 101n), max: 10n ** 101n }))
const strings = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed())
const json = fc
  .jsonValue({ depthSize: 'medium', stringUnit: 'binary' })
  .filter((value) => !holdsMinusZero(value))
const points = fc.record({ x: numbers, y: bigints }, { noNullPrototype: true })

const custom = field.custom<{ x: number; y: bigint }>({
  encode: ({ x, y }) => `${field.number().encode(x)};${y}`,
  decode: (text) => {
    const [x = '', y = ''] = text.split(';')
    return { x: field.number().decode(x), y: BigInt(y) }
  },
})
const dated = z.object({ at: z.coerce.date(), tags: z.array(z.string()).optional() })

/** Each kind, and values that it keeps. */
const KINDS = {
  string: [field.string(), strings],
  number: [field.number(), numbers],
  boolean: [field.boolean(), fc.boolean()],
  bigint: [field.bigint(), bigints],
  date: [field.date(), fc.date({ noInvalidDate: true })],
  json: [field.json(), json],
  schema: [
    field.json(dated),
    fc.record(
      { at: fc.date({ noInvalidDate: true }), tags: fc.array(strings) },
      { noNullPrototype: true },
    ),
  ],
  custom: [custom, points],
} as unknown as Record<string, [AnyField, fc.Arbitrary<unknown>]>

describe('a field reads what was written', () => {
  test.each(Object.entries(KINDS))('%s', (_, [kind, values]) => {
    fc.assert(
      fc.property(values, (value) => {
        const text = kind.encode(value)
        expect(kind.decode(text)).toStrictEqual(value)
        // What was read can be written again, and is the same text.
        expect(kind.encode(kind.decode(text))).toBe(text)
      }),
      { numRuns: 500 },
    )
  })

  test('a whole number has the string of the same bigint', () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), edges), (value) => {
        expect(field.number().encode(value)).toBe(String(BigInt(value)))
      }),
    )
  })
})

/** A text that has no UTF-8. */
const lone = fc
  .tuple(strings, fc.integer({ min: 0xd800, max: 0xdfff }), strings)
  .map(([before, unit, after]) => before + String.fromCharCode(unit) + after)
  .filter((text) => !text.isWellFormed())
const noNumber = fc.constantFrom(Number.NaN, Infinity, -Infinity)
class Instance {
  readonly value: unknown
  constructor(value: unknown) {
    this.value = value
  }
}
const noJson = fc.oneof(
  noNumber,
  fc.constantFrom(undefined, -0, 1n, Symbol('x'), () => 1, new Date(0), new Map(), new Set()),
  json.map((value) => new Instance(value)),
)

/** A value with another one somewhere in it. */
function around(inner: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const step = fc.oneof(
    fc.tuple(fc.array(json), fc.array(json)).map(([before, after]) => (value: unknown) => [
      ...before,
      value,
      ...after,
    ]),
    fc
      .string()
      .filter((name) => name !== '__proto__')
      .map((name) => (value: unknown) => ({ a: 1, [name]: value })),
  )
  return fc
    .tuple(inner, fc.array(step, { maxLength: 5 }))
    .map(([value, steps]) => steps.reduce((all, wrap) => wrap(all), value))
}

/** What `set` does not take for a removal. */
function given(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return values.filter((value) => value !== undefined && value !== null)
}

describe('what would be read as something else is refused, by name', () => {
  const others = (kind: string) =>
    fc.oneof(
      ...Object.entries({
        string: strings,
        number: numbers,
        boolean: fc.boolean(),
        bigint: bigints,
      })
        .filter(([name]) => name !== kind)
        .map(([, values]) => values as fc.Arbitrary<unknown>),
    )

  test.each([
    ['string', field.string(), fc.oneof(lone, others('string'))],
    ['number', field.number(), fc.oneof(noNumber, others('number'))],
    ['boolean', field.boolean(), others('boolean')],
    ['bigint', field.bigint(), others('bigint')],
    ['date', field.date(), fc.oneof(fc.constant(new Date(Number.NaN)), others('date'))],
    ['json', field.json(), given(around(noJson))],
    [
      'json that a schema lets pass',
      field.json(z.any()),
      around(noJson.filter((v) => v !== undefined && !(v instanceof Date))),
    ],
    [
      'custom',
      field.custom<string>({ encode: (text) => text, decode: String }),
      fc.oneof(lone, others('string')),
    ],
  ] as [string, AnyField, fc.Arbitrary<unknown>][])('%s', async (_, kind, values) => {
    const { store } = sessions(new Koa(), { fields: { refused: kind } })
    const id = store.createSessionId()
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        await expect(store.set(id, { refused: value })).rejects.toMatchObject({
          code: 'ERR_SESSION_FIELD',
          message: expect.stringContaining('"refused"'),
        })
      }),
    )
    expect(await store.get(id)).toEqual({})
  })

  test('a name that has no UTF-8', async () => {
    const { store } = sessions(new Koa())
    const id = store.createSessionId()
    await fc.assert(
      fc.asyncProperty(lone, async (name) => {
        for (const call of [
          store.set(id, { [name]: 1 }),
          store.get(id, [name]),
          store.unset(id, name),
        ]) {
          await expect(call).rejects.toMatchObject({ code: 'ERR_SESSION_FIELD' })
        }
      }),
    )
  })
})

describe('deeply nested JSON', () => {
  const nested = (depth: number): unknown => {
    let value: unknown = 'x'
    for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { value }
    return value
  }
  const recursive: z.ZodType = z.lazy(() =>
    z.union([z.string(), z.array(recursive), z.object({ value: recursive })]),
  )
  const loop: unknown[] = [1]
  loop.push(loop, loop)

  test.each([
    ['without a schema', field.json()],
    ['with a schema', field.json(z.any())],
  ])('is kept to 500 levels and refused from there %s', async (_, kind) => {
    const { store } = sessions(new Koa(), { fields: { deep: kind } })
    const id = store.createSessionId()
    await store.set(id, { deep: nested(500) })
    expect(await store.get(id)).toEqual({ id, deep: nested(500) })
    for (const deep of [nested(501), nested(5000), nested(1e6), loop]) {
      await expect(store.set(id, { deep })).rejects.toMatchObject({
        code: 'ERR_SESSION_FIELD',
        message: 'the field "deep" cannot hold a value nested more than 500 levels deep',
      })
    }
  })

  test('passes a recursive schema', async () => {
    const kind = field.json(recursive)
    expect(kind.decode(kind.encode(nested(100)))).toEqual(nested(100))
  })
})

describe('on Redis', () => {
  let client: Redis
  beforeAll(() => {
    client = new Redis(inject('redisUrl'))
  })
  afterAll(() => client.quit())

  test('a session reads what was written', async () => {
    const fields = Object.fromEntries(Object.entries(KINDS).map(([name, [kind]]) => [name, kind]))
    const Session = sessions(new Koa(), {
      client,
      fields,
      prefix: `properties-${createId()}`,
      references: { string: {}, number: {}, bigint: {}, date: {}, custom: {} },
    })
    const { store } = Session
    const values = fc.record(
      Object.fromEntries(Object.entries(KINDS).map(([name, [, of]]) => [name, given(of)])),
      { requiredKeys: [], noNullPrototype: true },
    )
    const names = fc.subarray(Object.keys(KINDS))
    await fc.assert(
      fc.asyncProperty(values, names, async (written, some) => {
        const id = store.createSessionId()
        await store.set(id, written)
        expect({ ...(await store.get(id)) }).toStrictEqual({ ...written, id })
        expect({ ...(await store.get(id, some)) }).toStrictEqual({
          ...Object.fromEntries(Object.entries(written).filter(([name]) => some.includes(name))),
          id,
        })
        for (const name of ['string', 'number', 'bigint', 'date', 'custom']) {
          if (!(name in written)) continue
          expect(await Session.count(name, written[name] as never)).toBeGreaterThan(0)
        }
        await store.delete(id)
      }),
      { numRuns: 150 },
    )
  })
})

function holdsMinusZero(value: unknown): boolean {
  if (Object.is(value, -0)) return true
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsMinusZero)
}
