/** What holds where an option is left out, to the ms; and options at the ends of what they may be. */
import { Redis } from 'ioredis'
import Koa from 'koa'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { MemoryStore, sessions } from '../../../src/index.js'
import { collect } from '../../support/store.js'
import { createSite, STORES } from '../../support/http-app.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR

afterEach(() => {
  vi.useRealTimers()
})

test.each([
  ['maxAge', '28 days', { a: 1 }, 28 * DAY],
  ['emptyMaxAge', '1 hour', {}, HOUR],
])('%s is %s', async (_, __, values, time) => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const browser = createSite().browser()
  await browser.visit((s) => s.set(values))
  vi.advanceTimersByTime(time - 1)
  expect((await browser.visit((s) => s.peek())).value.id).toBeDefined()
  vi.advanceTimersByTime(1)
  expect((await browser.visit((s) => s.peek())).value.id).toBeUndefined()
})

test('prefix is session', () => {
  const { store } = sessions(new Koa(), { store: new MemoryStore(), references: { user_id: {} } })
  expect(store.getSessionKey('ID')).toBe('session:{ID}')
  expect(store.getReferenceKey('user_id', 7)).toBe('session:user_id={7}')
})

test('timeout is 3 seconds', async () => {
  // Nobody listens there, and the client waits for longer than it is asked to.
  const client = new Redis(1, { retryStrategy: () => HOUR, maxRetriesPerRequest: null })
  onTestFinished(() => client.disconnect())
  await new Promise((resolve) => client.once('error', resolve))
  const { store } = sessions(new Koa(), { client })
  const began = performance.now()
  await expect(store.get(store.createSessionId())).rejects.toMatchObject({
    code: 'ERR_SESSION_STORE',
    message: 'Redis did not answer within 3000 ms',
  })
  expect(performance.now() - began).toBeGreaterThanOrEqual(2999)
})

test('signed is false, even if the app has keys', async () => {
  const site = createSite()
  site.app.keys = ['secret']
  const browser = site.browser()
  await browser.visit((s) => s.set({ a: 1 }))
  expect([...browser.cookies.keys()]).toEqual(['session-id'])
})

describe.each(STORES)('in %s', (_, store) => {
  test('a reference that is true is the same as {}', async () => {
    const site = createSite({ ...store(), references: { user_id: true } })
    const browser = site.browser()
    await browser.visit((s) => s.get())
    const { cookie } = browser
    await browser.visit((s) => s.set({ user_id: 1 }))
    expect(browser.cookie).not.toBe(cookie)
    expect(await site.Session.count('user_id', 1)).toBe(1)
  })

  test.each([16, 128])('a secret of %i bytes is read back', async (byteLength) => {
    const browser = createSite({ ...store(), byteLength }).browser()
    await browser.visit((s) => s.set({ a: 1 }))
    const secret = browser.cookie!.split('.')[1]!
    expect(Buffer.from(secret, 'base64url')).toHaveLength(byteLength)
    expect((await browser.visit((s) => s.peek())).value).toMatchObject({ a: '1' })
  })
})

test('find tells when a session began and when it will end', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const began = Date.now()
  const site = createSite()
  const browser = site.browser()
  await browser.visit((s) => s.set({ user_id: 1 }))
  vi.advanceTimersByTime(DAY)
  await browser.visit((s) => s.set({ a: 1 }))
  const [found] = await collect(site.Session.find('user_id', 1))
  expect(found?.createdAt).toEqual(new Date(began))
  expect(found?.expiresAt).toEqual(new Date(began + 29 * DAY))
})
