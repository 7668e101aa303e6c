/** Device binding on a server of its own: what it costs, and what an outage does. */
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../../src/index.js'
import { signTime } from '../../../src/store/binding.js'
import { type RedisServer, startServer } from '../../support/servers/server.js'
import { type Watcher, watch } from '../../support/clients/monitor.js'
import { createBoundSite, Device, goBy, PROOF, signJwt } from '../../support/device.js'
import { SCRIPTS, sentDuring as commandsDuring } from '../../support/scripts.js'

let server: RedisServer
let client: Redis
let watcher: Watcher
beforeAll(async () => {
  server = await startServer()
  client = new Redis(server.url)
  watcher = await watch(client)
  for (const { lua } of Object.values(SCRIPTS)) await client.script('LOAD', lua)
})
afterAll(async () => {
  watcher.stop()
  client.disconnect()
  await server.stop()
})

const sentDuring = (work: () => Promise<unknown>): Promise<string[]> =>
  commandsDuring(watcher, work)

describe('a bound session costs', () => {
  test('one command for a read, and one for a write after it', async () => {
    const device = new Device(createBoundSite({ client }).browser())
    await device.bind()
    const { browser } = device
    // Redis's clock is read once a minute.
    await browser.visit((session) => session.get())
    expect(await sentDuring(() => browser.visit((session) => session.get()))).toEqual(['HGETALL'])
    expect(await sentDuring(() => browser.visit((session) => session.get('name')))).toEqual([
      'HMGET',
    ])
    const both = browser.visit.bind(browser, async (session) => {
      await session.get()
      await session.set({ name: 'x' })
    })
    expect(await sentDuring(both)).toEqual(['HGETALL', 'SET_FIELDS'])
    // Only the binding key tells whether the proof is right.
    const write = browser.visit.bind(browser, (session) => session.set({ name: 'x' }))
    expect(await sentDuring(write)).toEqual(['HMGET', 'SET_FIELDS'])
  })

  test('nothing where nobody uses it', async () => {
    const device = new Device(createBoundSite({ client }).browser())
    await device.signIn()
    const { browser } = device
    expect(await sentDuring(() => browser.visit(() => undefined))).toEqual([])
    expect(await sentDuring(() => browser.visit((session) => session.get()))).toEqual(['HGETALL'])
    const write = browser.visit.bind(browser, (session) => session.set({ name: 'x' }))
    expect(await sentDuring(write)).toEqual(['SET_FIELDS'])
  })
})

test.each<[string, boolean, (session: Session) => Promise<unknown>]>([
  ['a field, on one node', false, (session) => session.set({ name: 'x' })],
  ['a reference, on one node', false, (session) => session.set({ user_id: 8 })],
  ['a field, on a cluster', true, (session) => session.set({ name: 'x' })],
  ['a reference, on a cluster', true, (session) => session.set({ user_id: 8 })],
])(
  'a write of %s is refused once the proof is over, also within one request',
  async (_what, cluster, write) => {
    const site = createBoundSite({ client, cluster })
    const device = new Device(site.browser())
    await device.bind()
    const { browser } = device
    await goBy(site, browser, 5_001)
    const [id = ''] = browser.cookie!.split('.')
    const binding = (await client.hget(site.Session.store.getSessionKey(id), '$binding'))!
    const LASTS = 400
    const answer = await browser.visit(async (session, ctx) => {
      const [seconds, micros] = await client.time()
      const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
      ctx.req.headers.cookie = ctx.req.headers.cookie!.replace(
        /-proof=[^;]*/,
        `-proof=${signTime(binding, 'proof', now + LASTS)}`,
      )
      await session.get()
      await sleep(LASTS + 100)
      return write(session)
    })
    expect([answer.status, answer.error?.code]).toEqual([401, 'ERR_SESSION_UNPROVEN'])
    expect(await site.Session.store.get(id)).toEqual({ id, user_id: '7' })
  },
)

test('no error holds the binding key of a session in use', async () => {
  const site = createBoundSite({ client })
  const device = new Device(site.browser())
  await device.bind()
  const { browser } = device
  const [id = ''] = browser.cookie!.split('.')
  const binding = (await client.hget(site.Session.store.getSessionKey(id), '$binding'))!
  const [maxmemory] = (await client.config('GET', 'maxmemory')).slice(1) as [string]
  const answer = await browser.visit(async (session) => {
    await session.get()
    await client.config('SET', 'maxmemory', '1')
    try {
      await session.set({ name: 'x' })
    } finally {
      await client.config('SET', 'maxmemory', maxmemory)
    }
  })
  expect(answer.error?.code).toBe('ERR_SESSION_STORE')
  expect(inspect(answer.error, { depth: Infinity })).not.toContain(binding.split(':')[0])
})

describe('while Redis does not answer', () => {
  test('registration and refresh answer 503, and nothing has changed afterwards', async () => {
    const site = createBoundSite({ client, timeout: 300 })
    const device = new Device(site.browser())
    const challenge = await device.signIn()
    server.freeze()
    expect((await device.register(challenge)).status).toBe(503)
    server.thaw()
    expect((await device.register(challenge)).status).toBe(200)
    await device.browser.visit((session) => session.peek())
    const before = device.browser.cookies.get(PROOF)
    const again = await device.challenge()
    server.freeze()
    expect((await device.answer(again)).status).toBe(503)
    const asked = await device.browser.post(device.refreshUrl, {
      'sec-secure-session-id': device.identifier,
    })
    expect([asked.status, asked.headers['secure-session-challenge']]).toEqual([503, undefined])
    const page = await device.browser.visit((session) => session.get())
    expect([page.status, page.error?.code]).toEqual([503, 'ERR_SESSION_STORE'])
    server.thaw()
    expect(device.browser.cookies.get(PROOF)).toBe(before)
    expect((await device.answer(again)).status).toBe(200)
    expect((await device.browser.visit((session) => session.get())).value['user_id']).toBe('7')
  })

  test('an error page of the application does not make the browser forget its key', async () => {
    const site = createBoundSite({ client, timeout: 300 })
    // Before the session's own middleware.
    site.app.middleware.unshift(async (ctx, next) => {
      try {
        await next()
      } catch {
        ctx.status = 400
        ctx.body = 'sorry'
      }
    })
    const device = new Device(site.browser())
    await device.bind()
    const jwt = signJwt(device.key, await device.challenge(), { withKey: false })
    server.freeze()
    const answer = await device.send(device.refreshUrl, jwt, device.identifier)
    server.thaw()
    expect([answer.status, answer.text]).toEqual([503, ''])
  })
})
