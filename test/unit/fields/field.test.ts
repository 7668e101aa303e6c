/** Values become plain text and come back as what they were, or are refused. */
import { type } from 'arktype'
import { runInNewContext } from 'node:vm'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { field } from '../../../src/index.js'

/** Encodes and decodes; what is refused says so. */
function roundTrip<Value>(
  { encode, decode }: { encode(value: Value): string; decode(text: string): Value },
  value: unknown,
): unknown {
  return decode(encode(value as Value))
}

describe('exact round trips', () => {
  test.each([
    [field.number(), 2 ** 53, '9007199254740992'],
    [field.number(), 1e21, '1000000000000000000000'],
    [field.number(), 1.5e-9, '1.5e-9'],
    [field.number(), Number.MAX_VALUE, String(BigInt(Number.MAX_VALUE))],
    [field.bigint(), 10n ** 99n, `1${'0'.repeat(99)}`],
    [field.boolean(), true, 'true'],
    [field.date(), new Date(0), '1970-01-01T00:00:00.000Z'],
    [field.date(), new Date(8.64e15), '+275760-09-13T00:00:00.000Z'],
    [field.string(), '', ''],
    [field.string(), 'a\0b\r\n🦊', 'a\0b\r\n🦊'],
    [field.json(), { a: [1, null, { b: '\ud800' }] }, '{"a":[1,null,{"b":"\\ud800"}]}'],
  ] as [Parameters<typeof roundTrip>[0], unknown, string][])(
    '%# is plain text',
    (kind, value, text) => {
      expect(kind.encode(value)).toBe(text)
      expect(kind.decode(text)).toStrictEqual(value)
    },
  )
})

test('-0 is 0: a reference has one set for both', () => {
  expect(field.number().encode(-0)).toBe('0')
  expect(field.number().default(-0).absent()).toBe(0)
  // As other programs may write it.
  for (const text of ['-0', '-0.0', '-1e-999']) expect(field.number().decode(text)).toBe(0)
})

describe('what could not be read back is refused', () => {
  const loop: unknown[] = []
  loop.push(loop)
  test.each([
    ['string', field.string(), [1, null, '\ud800', {}]],
    ['number', field.number(), [Number.NaN, Infinity, -Infinity, '7', 7n, null, new Date()]],
    ['boolean', field.boolean(), [1, 'true', null]],
    ['bigint', field.bigint(), [1, '1', null]],
    ['date', field.date(), [new Date(Number.NaN), '2026-11-23', 0, null]],
    [
      'json',
      field.json(),
      [
        undefined,
        Number.NaN,
        -0,
        1n,
        Symbol('x'),
        () => 1,
        new Date(),
        new Map(),
        loop,
        { a: undefined },
        [undefined],
        { a: Number.NaN },
        { a: { b: new Date() } },
        Array.from({ length: 2 }),
      ],
    ],
  ] as [string, Parameters<typeof roundTrip>[0], unknown[]][])('%s', (_, kind, values) => {
    for (const value of values) expect(() => kind.encode(value)).toThrow()
  })
})

describe('a string of another kind does not decode', () => {
  test.each([
    [
      'number',
      field.number(),
      [
        '',
        'x',
        ' 1',
        '1 ',
        '0x10',
        'NaN',
        'Infinity',
        '1,5',
        '01',
        '1n',
        '--1',
        '1e999',
        '-1e309',
        '7\n',
      ],
    ],
    ['boolean', field.boolean(), ['', '1', 'TRUE', 'yes']],
    ['bigint', field.bigint(), ['', '1.5', '1n', '0x1', ' 1', '1e3']],
    [
      'date',
      field.date(),
      [
        '',
        '0',
        'x',
        '2026-11-23',
        '2026-13-45T00:00:00Z',
        'Mon Nov 23 2026',
        '2026-02-30T00:00:00Z',
        '2026-02-29T23:59:59.999+01:00',
        '2026-04-31T12:00:00Z',
        '2026-11-23T25:00:00Z',
        '2026-11-23T00:00:00Z\n',
      ],
    ],
    ['json', field.json(), ['', '{', 'undefined', "{'a':1}"]],
  ] as [string, Parameters<typeof roundTrip>[0], string[]][])('%s', (_, kind, texts) => {
    for (const text of texts) expect(() => kind.decode(text), text).toThrow()
  })

  test('what other languages write decodes', () => {
    expect(field.number().decode('1.50E+2')).toBe(150)
    expect(field.date().decode('2026-11-23T17:00:00+01:00').getTime()).toBe(1795449600000)
    expect(field.date().decode('2028-02-29T24:00:00Z')).toEqual(new Date('2028-03-01T00:00:00Z'))
    expect(field.json().decode(' { "a" : 1 } ')).toEqual({ a: 1 })
  })
})

describe('defaults', () => {
  test('stand for absent fields, and are never shared', () => {
    const list = field.json<string[]>().default(['x'])
    const first = list.absent()
    first.push('y')
    expect(list.absent()).toEqual(['x'])
    expect(field.number().absent()).toBeUndefined()
    expect(field.number().default(0).absent()).toBe(0)
    expect(field.number().default(0).optional().absent()).toBeUndefined()
    expect(field.date().default(new Date(5)).absent()).toEqual(new Date(5))
  })

  test('of a schema apply', () => {
    const list = field.json(z.array(z.string()).default(['x']))
    const first = list.absent()
    first.push('y')
    expect(list.absent()).toEqual(['x'])
    expect(field.json(v.optional(v.number(), 5)).absent()).toBe(5)
    expect(field.json(z.string().optional()).absent()).toBeUndefined()
    expect(field.json(z.string()).absent()).toBeUndefined()
  })
})

describe.each([
  ['zod', z.object({ a: z.number(), b: z.string().optional() })],
  ['valibot', v.object({ a: v.number(), b: v.optional(v.string()) })],
  ['arktype', type({ a: 'number', 'b?': 'string' })],
])('a schema of %s', (_, schema) => {
  const kind = field.json(schema)

  test('checks what is written and what is read', () => {
    expect(roundTrip(kind, { a: 1 })).toEqual({ a: 1 })
    expect(roundTrip(kind, { a: 1, b: 'x' })).toEqual({ a: 1, b: 'x' })
    expect(() => kind.encode({ a: 'hunter2' } as never)).toThrow(/schema \(at a\)/)
    expect(() => kind.decode('{"a":"x"}')).toThrow()
    expect(() => kind.decode('{}')).toThrow()
  })

  test('names the place, but not the value', () => {
    let message = ''
    try {
      kind.encode({ a: 'hunter2' } as never)
    } catch (error) {
      message = String(error)
    }
    expect(message).toContain('at a')
    expect(message).not.toContain('hunter2')
  })
})

class Later {
  // oxlint-disable-next-line unicorn/no-thenable -- that is what it is about
  then(): void {}
}

describe('a schema that changes values', () => {
  test('runs again when they are read', () => {
    const kind = field.json(z.object({ at: z.coerce.date(), n: z.string().transform(Number) }))
    const text = kind.encode({ at: new Date(0), n: '7' })
    expect(text).toBe('{"at":"1970-01-01T00:00:00.000Z","n":"7"}')
    expect(kind.decode(text)).toEqual({ at: new Date(0), n: 7 })
  })

  test('is refused where JSON would change what it reads', () => {
    expect(() => field.json(z.any()).encode(new Date(0))).toThrow(/JSON/)
    expect(() => field.json(z.object({ at: z.date() })).encode({ at: new Date(0) })).toThrow()
    expect(() => field.json(z.map(z.string(), z.string())).encode(new Map([['a', 'b']]))).toThrow()
    const optional = field.json(z.object({ a: z.string().optional() }))
    expect(roundTrip(optional, { a: undefined })).toEqual({})
  })

  test('may make another default at each read, which is not stored', () => {
    let n = 0
    const kind = field.json(z.object({ a: z.number(), id: z.number().default(() => n++) }))
    const text = kind.encode({ a: 1 })
    expect(text).toBe('{"a":1}')
    const [one, other] = [kind.decode(text), kind.decode(text)]
    expect(other.id).toBe(one.id + 1)
  })

  test.each([
    ['a promise', async (value: unknown) => ({ value })],
    ['a promise of another realm', () => runInNewContext('Promise.resolve({ value: 1 })')],
    ['a promise that rejects', () => Promise.reject(new Error('no'))],
    ['a library’s own promise', () => new Later()],
  ])('has to be synchronous, without %s', (_, validate) => {
    const slow = field.json({ '~standard': { version: 1, vendor: 'x', validate } })
    expect(() => slow.encode('x')).toThrow(/asynchronously/)
    expect(() => slow.decode('"x"')).toThrow(/asynchronously/)
  })
})
