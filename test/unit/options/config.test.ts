/** Options that are wrong fail when the middleware is made, and say which one it is. */
import Koa from 'koa'
import { afterEach, expect, test, vi } from 'vitest'
import { MemoryStore, SessionError, sessions } from '../../../src/index.js'
import { redis } from '../../support/clients/redis.js'
import { createSite } from '../../support/http-app.js'

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
  expect(() => sessions(new Koa(), { client: redis(), store: new MemoryStore() })).toThrow(refused)
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
