/** Values are told by what they are, not by whose prototype they have. */
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { field } from '../../../src/index.js'

function keep(
  { encode, decode }: { encode(value: never): string; decode(text: string): unknown },
  value: unknown,
): unknown {
  return decode(encode(value as never))
}

describe('a value of another realm', () => {
  const foreign = (code: string): unknown => runInNewContext(code)

  test('is accepted like one of this realm', () => {
    expect(keep(field.date(), foreign('new Date(5)'))).toEqual(new Date(5))
    const object = foreign('({ a: [1, { b: null }] })')
    expect(keep(field.json(), object)).toEqual({ a: [1, { b: null }] })
    const schema = z.object({ a: z.array(z.unknown()) })
    expect(keep(field.json(schema), object)).toEqual({ a: [1, { b: null }] })
    const dated = field.json(z.object({ at: z.coerce.date() }))
    expect(keep(dated, foreign('({ at: new Date(5) })'))).toEqual({ at: new Date(5) })
  })

  test('is refused for the same reasons', () => {
    for (const code of [
      'new Map()',
      'new (class {})()',
      'new (class extends Array {})()',
      '[,1]',
    ]) {
      expect(() => field.json().encode(foreign(code)), code).toThrow()
      expect(() => field.json(z.any()).encode(foreign(code)), code).toThrow()
    }
    expect(() => field.date().encode(foreign('new Date(NaN)') as Date)).toThrow(/invalid/)
    expect(() => field.date().encode(Object.create(Date.prototype))).toThrow()
  })

  test('an object without a prototype is accepted', () => {
    const query = Object.assign(Object.create(null), { a: 'b' })
    expect(keep(field.json(), { query })).toEqual({ query: { a: 'b' } })
    expect(keep(field.json(z.any()), query)).toEqual({ a: 'b' })
  })
})

test.each([
  ['without a schema', field.json()],
  ['with a schema', field.json(z.any())],
  ['with a schema that strips', field.json(z.object({}))],
])('instances, symbols and hidden properties are refused %s, however deep', (_, kind) => {
  class User {
    name = 'x'
  }
  const hidden = Object.defineProperty({}, 'x', { value: 1 })
  const bare = Object.create(Object.create(null))
  const values: unknown[] = [
    new User(),
    new URL('http://x.example'),
    new Error('x'),
    Buffer.from('x'),
    Object(1),
    new Map(),
    new Set([1]),
    Object.create({ a: 1 }),
    bare,
    new (class extends Array {})(),
    { [Symbol('x')]: 1 },
    Object.assign([1], { x: 2 }),
    hidden,
    () => 1,
    Symbol('x'),
  ]
  const encode = kind.encode as (value: unknown) => string
  for (const value of values) {
    expect(() => encode(value)).toThrow()
    expect(() => encode({ a: [value] })).toThrow()
    expect(() => encode({ at: new Date(), z: value })).toThrow()
  }
})
