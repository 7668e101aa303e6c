/** What is put on record, on Node's diagnostics channels. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SessionEvents } from '../../../src/index.js'
import { Deadlines } from '../../../src/store/redis/client/deadlines.js'
import { createId } from '../../../src/store/token.js'
import { createSite, STORES } from '../../support/http-app.js'
import { createMovingSite } from '../../support/moving-site.js'

const NAMES = ['started', 'signed-in', 'renewed', 'ended', 'refused', 'store-failure'] as const
type Name = keyof SessionEvents

let events: [Name, Record<string, unknown>][] = []
const listeners = NAMES.map(
  (name) =>
    [
      `koa-redis-session-sets:${name}`,
      (message: unknown) => events.push([name, message as Record<string, unknown>]),
    ] as const,
)

beforeEach(() => {
  events = []
  for (const [channel, listener] of listeners) subscribe(channel, listener)
})
afterEach(() => {
  for (const [channel, listener] of listeners) unsubscribe(channel, listener)
  // Nothing that opens or shows anything.
  expect(JSON.stringify(events)).not.toMatch(/private|secret/)
})

/** The events so far, without times and ids. */
function taken(): unknown[] {
  const all = events.map(([name, { at, id, ...rest }]) => {
    expect(Math.abs((at as number) - Date.now())).toBeLessThan(60_000)
    if (name !== 'store-failure' && id !== undefined) expect(id).toMatch(/^[\w-]{20}$/)
    return [name, rest]
  })
  events = []
  return all
}

describe.each(STORES)('in %s', (_, store) => {
  const site = createSite({
    ...store(),
    references: { user_id: {}, ip: { rotate: false }, seat: { rotate: false, max: 1 } },
  })
  const { Session } = site
  const ended = (references: object, by: string, reason?: string) => [
    'ended',
    { references, by, reason },
  ]

  test('a visit, a sign-in, a renewal and a sign-out', async () => {
    const browser = site.browser()
    await browser.visit((s) => s.set({ basket: 'private', ip: '1' }))
    expect(taken()).toEqual([['started', { references: { ip: '1' }, adopted: false }]])
    await browser.visit((s) => s.signIn({ user_id: 'a', basket: 'private' }))
    expect(taken()).toEqual([['signed-in', { references: { user_id: 'a' } }]])
    await browser.visit((s) => s.regenerate())
    expect(taken()).toEqual([['renewed', { references: {} }]])
    await browser.visit((s) => s.set({ basket: 'private' }))
    await browser.visit((s) => s.get())
    expect(taken()).toEqual([])
    await browser.visit((s) => s.delete({ reason: 'bye' }))
    expect(taken()).toEqual([ended({ user_id: 'a', ip: '1' }, 'owner', 'bye')])
  })

  test('a sign-in without a session, and by set', async () => {
    await site.browser().visit((s) => s.signIn({ user_id: 'b' }))
    const references = { user_id: 'b' }
    const both = [
      ['started', { references, adopted: false }],
      ['signed-in', { references }],
    ]
    expect(taken()).toEqual(both)
    await Session.createCookie({ user_id: 'b' })
    expect(taken()).toEqual(both)
    const browser = site.browser()
    await browser.visit((s) => s.get())
    events = []
    await browser.visit((s) => s.set({ user_id: 'b' }))
    expect(taken()).toEqual([['signed-in', { references }]])
  })

  test('who ended a session', async () => {
    const references = { user_id: 'c' }
    const signIn = async () => (await Session.createCookie({ user_id: 'c' })).id
    const own = site.browser()
    await own.visit((s) => s.signIn({ user_id: 'c' }))
    for (const [call, by, reason] of [
      [(id: string) => Session.revoke(id, { reason: 'x' }), 'operator', 'x'],
      [(id: string) => Session.store.delete(id), 'operator', undefined],
      [(id: string) => own.visit((s) => s.revoke(id, 'user_id')), 'other-session', undefined],
      [() => own.visit((s) => s.revokeOthers('user_id', { reason: 'y' })), 'other-session', 'y'],
      [() => Session.revokeAll('user_id', 'c', { reason: 'z' }), 'operator', 'z'],
    ] as const) {
      const id = await signIn()
      events = []
      await call(id)
      const mine = events.filter(([, event]) => event['id'] === id)
      expect(mine).toMatchObject([['ended', { references, by, reason }]])
    }
    taken()
  })

  test('a limit, and a refusal', async () => {
    const first = site.browser()
    await first.visit((s) => s.signIn({ user_id: 'd', seat: 'one' }))
    events = []
    await site.browser().visit((s) => s.signIn({ user_id: 'd', seat: 'one' }))
    const references = { user_id: 'd', seat: 'one' }
    const all = taken()
    expect(all).toHaveLength(3)
    expect(all).toContainEqual(ended(references, 'limit', 'limit'))

    await site.browser().visit(async (s) => {
      await Session.revokeAll('user_id', 'e')
      await s.signIn({ user_id: 'e' }).catch(() => {})
    })
    expect(taken()).toEqual([
      ['refused', { references: { user_id: 'e' }, code: 'ERR_SESSION_REVOKED' }],
    ])
    const browser = site.browser()
    await browser.visit((s) => s.signIn({ user_id: 'f' }))
    const late = browser.copy()
    await browser.visit((s) => s.regenerate())
    events = []
    await late.visit((s) => s.set({ a: 'private' }).catch(() => {}))
    expect(taken()).toEqual([['refused', { references: {}, code: 'ERR_SESSION_SUPERSEDED' }]])
  })

  test('a refusal does not name the id that a forged cookie claims', async () => {
    const { id } = await Session.createCookie({ user_id: 'victim' })
    const forger = site.browser()
    forger.cookies.set('session-id', `${id}.${'x'.repeat(32)}`)
    events = []
    await forger.visit(async (s) => {
      await Session.revokeAll('user_id', 'e')
      await s.signIn({ user_id: 'e' }).catch(() => {})
    })
    expect(events).toMatchObject([
      ['refused', { id: undefined, references: { user_id: 'e' }, code: 'ERR_SESSION_REVOKED' }],
    ])
  })

  test('an end by time, where a signal met it', async () => {
    const browser = site.browser()
    await browser.visit((s) => s.signIn({ user_id: 'g' }))
    events = []
    await browser.visit(async (s) => {
      const { signal } = s
      const { id = '' } = await s.get()
      const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve))
      await Session.store.touch(id, 200)
      await aborted
    })
    expect(taken()).toEqual([ended({}, 'time', 'expired')])
  })

  test('an end by time, where a write met it', async () => {
    const options = { ...store(), prefix: `short-${createId()}` }
    const browser = createSite(options).browser()
    const short = createSite({ ...options, absoluteMaxAge: 1 })
    await browser.visit((s) => s.signIn({ user_id: 'i' }))
    const late = short.browser()
    late.cookies.set('session-id', browser.cookie!)
    events = []
    await late.visit((s) => s.set({ user_id: 'i' }))
    expect(taken()).toContainEqual(ended({}, 'time', 'expired'))
  })

  test('a session that was adopted', async () => {
    const moving = createMovingSite(store())
    await moving.visitor('h').visit((s) => s.peek())
    expect(taken()).toEqual([['started', { references: { user_id: 'h' }, adopted: true }]])
  })
})

test('what Redis quotes of a command is not on record', async () => {
  const deadlines = new Deadlines(1000)
  const quoting = "ERR unknown command 'EVALSHA', with args beginning with: 'private'"
  const refused = deadlines.wait(deadlines.start(), () => Promise.reject(new Error(quoting)))
  await expect(refused).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
  expect(taken()).toMatchObject([['store-failure', { cause: 'ERR' }]])
})

test('Redis that is away', async () => {
  const client = new Redis(1, { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 })
  client.on('error', () => {})
  const site = createSite({ client, timeout: 500 })
  const browser = site.browser()
  browser.cookies.set('session-id', `${'a'.repeat(20)}.${'s'.repeat(32)}`)
  expect((await browser.visit((s) => s.peek())).status).toBe(503)
  expect(taken()).toEqual([
    [
      'store-failure',
      {
        message: expect.stringMatching(/^Redis/),
        cause: expect.stringMatching(/^[A-Za-z]+$/),
        duration: expect.any(Number),
      },
    ],
  ])
  client.disconnect()
})
