/** What is declared wrongly fails at once, and says where. */
import Koa from 'koa'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { field, SessionError, sessions } from '../../../src/index.js'

describe('a wrong definition fails immediately, by name', () => {
  test.each([
    ['field.number().default()', () => field.number().default(Number.NaN)],
    ['field.date().default()', () => field.date().default(new Date(Number.NaN))],
    ['field.json().default()', () => field.json(z.string()).default(7 as never)],
    ['field.json().default()', () => field.json().default(undefined)],
    ['field.custom().default()', () => field.custom(broken('encode')).default(1)],
    ['field.custom().default()', () => field.custom(broken('decode')).default(1)],
    ['field.json(schema)', () => field.json({} as never)],
    ['field.json(schema)', () => field.json([] as never)],
    ['field.json(schema)', () => field.json(null as never)],
    ['field.json(schema)', () => field.json(undefined as never)],
    ['field.json(schema)', () => field.json({ '~standard': {} } as never)],
    ['called', () => field.json(z.string as never)],
    ['encode and decode', () => field.custom({ decode: String } as never)],
    ['encode and decode', () => field.custom({ encode: String } as never)],
    ['encode and decode', () => field.custom(undefined as never)],
    ['options.fields.x', () => declare({ encode: String, decode: String })],
    ['options.fields.x', () => declare({ ...field.string(), absent: undefined })],
    ['options.fields.x', () => declare(field.number)],
    ['options.fields.x', () => declare(z.string())],
    ['options.fields.x', () => declare(null)],
  ])('%s: %s', (what, define) => {
    let error: unknown
    try {
      define()
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(SessionError)
    expect(error).toMatchObject({ code: 'ERR_SESSION_OPTIONS' })
    expect((error as Error).message).toContain(what)
  })

  const declare = (x: unknown) => sessions(new Koa(), { fields: { x } as never })
  const broken = (method: 'encode' | 'decode') => ({
    encode: String,
    decode: Number,
    [method]: () => {
      throw new TypeError('broken')
    },
  })
})

test('a codec may be an instance of a class', () => {
  class Codec {
    readonly #prefix = '#'
    encode(value: string): string {
      return this.#prefix + value
    }
    decode(text: string): string {
      return text.slice(this.#prefix.length)
    }
  }
  const kind = field.custom(new Codec())
  expect(kind.encode('x')).toBe('#x')
  expect(kind.decode('#x')).toBe('x')
  expect(kind.default('y').absent()).toBe('y')
})
