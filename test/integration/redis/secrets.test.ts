/**
 * A stolen copy of Redis logs nobody in: whatever can be copied, overheard or logged is searched
 * for everything that browsers hold, and tried as a cookie.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../../src/index.js'
import { replicated } from '../../support/servers/replication.js'
import { type RedisServer, startReplica, startServer } from '../../support/servers/server.js'
import { type Browser, createSite, type Site } from '../../support/http-app.js'
import { type Connected, SINGLE } from '../../support/clients/supported.js'
import { collect } from '../../support/store.js'

/** Everything in one server, as text. */
async function dump(url: string): Promise<string> {
  const client = new Redis(url)
  const parts: unknown[] = []
  for await (const keys of client.scanStream()) {
    for (const key of keys as string[]) {
      const type = await client.type(key)
      if (type === 'hash') parts.push([key, await client.hgetall(key)])
      else if (type === 'set') parts.push([key, await client.smembers(key)])
      else if (type === 'string') parts.push([key, await client.get(key)])
      else throw new Error(`${key} is a ${type}, which this test does not know`)
    }
  }
  client.disconnect()
  return JSON.stringify(parts)
}

/** All that a log could hold of something. */
function printed(it: unknown): string[] {
  const all = [inspect(it, { depth: Infinity, showHidden: true, getters: true }), String(it)]
  for (let error = it; error instanceof Error; error = error.cause) {
    all.push(error.message, error.stack ?? '', JSON.stringify(error))
    all.push(JSON.stringify(error, Object.getOwnPropertyNames(error)))
  }
  return all
}

describe.each(['ioredis 6', 'node-redis 6'])('%s', (name) => {
  let server: RedisServer
  let replica: RedisServer
  let connected: Connected
  let site: Site
  let raw: Redis
  let monitor: Redis
  const browsers: Browser[] = []
  /** Every cookie that any browser was ever given, and every CSRF token. */
  const cookies = new Set<string>()
  const tokens = new Set<string>()
  const overheard: string[] = []
  const logged: string[] = []
  let stored = ''
  let copied = ''
  let saved = ''

  async function visit<T>(browser: Browser, page: (session: Session) => Promise<T>) {
    const answer = await browser.visit(async (session, ctx) => {
      try {
        return await page(session)
      } finally {
        logged.push(...printed(session), JSON.stringify(session), ...printed(ctx.state))
      }
    })
    if (browser.cookie !== undefined) cookies.add(browser.cookie)
    if (answer.error !== undefined) logged.push(...printed(answer.error), answer.text)
    return answer
  }

  async function newBrowser(user_id: number): Promise<Browser> {
    const browser = site.browser()
    browsers.push(browser)
    await visit(browser, (session) => session.get())
    const { value } = await visit(browser, (session) => session.createCSRFToken())
    tokens.add(value)
    await visit(browser, (session) => session.set({ user_id, org_id: 1, name: 'x' }))
    return browser
  }

  beforeAll(async () => {
    server = await startServer(['--rdbcompression', 'no'])
    replica = await startReplica(server)
    raw = new Redis(server.url)
    monitor = await raw.monitor()
    monitor.on('monitor', (_time: string, words: string[]) => overheard.push(words.join(' ')))
    connected = await SINGLE[name]!(server.url)
    site = createSite({ client: connected.client, timeout: 1000 })
    site.app.on('error', (error: unknown) => logged.push(...printed(error)))

    for (let user_id = 0; user_id < 4; user_id++) {
      const browser = await newBrowser(user_id)
      const late = browser.copy()
      await visit(browser, async (session) => {
        const token = await session.createCSRFToken()
        tokens.add(token)
        expect(await session.verifyCSRFToken(token)).toBe(true)
        await session.increment('count')
        await session.touch()
      })
      await visit(browser, (session) => session.regenerate())
      await visit(browser, (session) => session.set({ user_id: user_id + 10 }))
      const refused = await visit(late, (session) => session.set({ late: true }))
      expect(refused.error).toMatchObject({ code: 'ERR_SESSION_SUPERSEDED' })
      await visit(late, (session) => session.verifyCSRFToken([...tokens].at(-1)))
    }
    const [ended, revoked] = [await newBrowser(20), await newBrowser(21)]
    await visit(ended, (session) => session.delete())
    await visit(revoked, async (session) => {
      await session.get()
      await site.Session.revokeAll('user_id', 21)
      await session.set({ name: 'y' })
    })
    await collect(site.Session.find('org_id', 1))
    await provokeErrors()

    await replicated(server)
    stored = await dump(server.url)
    copied = await dump(replica.url)
    await raw.save()
    saved = await readFile(join(server.dir, 'dump.rdb'), 'latin1')
    const end = new Promise<void>((done) => {
      monitor.on('monitor', (_time: string, [, word]: string[]) => {
        if (word === 'the end') done()
      })
    })
    await raw.echo('the end')
    await end
  })
  afterAll(async () => {
    monitor.disconnect()
    raw.disconnect()
    await connected.close()
    await Promise.all([server.stop(), replica.stop()])
  })

  /** What goes wrong for somebody who is signed in. */
  async function provokeErrors(): Promise<void> {
    const browser = await newBrowser(30)
    const codes = new Set<string | undefined>()
    const failing = async (page: (session: Session) => Promise<unknown>) => {
      const { error } = await visit(browser.copy(), page)
      codes.add(error?.code)
    }
    await failing((session) => session.set({ bad: [browser.cookie] as never }))
    await failing((session) => session.set({ $secret: browser.cookie }))
    await failing((session) => session.set({ a: 1 }, browser.cookie))
    await failing((session) => session.increment('name'))
    const key = site.Session.getReferenceKey('user_id', 'wrong')
    await raw.set(key, 'x')
    await failing((session) => session.set({ user_id: 'wrong' }))
    await raw.del(key)
    await raw.config('SET', 'maxmemory', 1)
    await failing((session) => session.set({ user_id: 'full' }))
    await failing((session) => session.regenerate())
    await raw.config('SET', 'maxmemory', 0)
    server.freeze()
    await Promise.all([
      failing((session) => session.get()),
      failing((session) => session.set({ user_id: 'frozen' })),
    ])
    // With its client, which still holds the commands that were not answered.
    logged.push(...printed(site.Session))
    server.thaw()
    expect([...codes].toSorted()).toEqual([
      'ERR_SESSION_FIELD',
      'ERR_SESSION_OPTIONS',
      'ERR_SESSION_STORE',
    ])
  }

  function expectNoSecret(where: string): void {
    for (const cookie of cookies) {
      const secret = Buffer.from(cookie.split('.')[1]!, 'base64url')
      for (const coding of ['base64url', 'base64', 'hex', 'latin1'] as const) {
        expect(where).not.toContain(secret.toString(coding))
      }
    }
    for (const token of tokens) {
      expect(where).not.toContain(token)
      expect(where).not.toContain(token.split('.')[1])
    }
  }

  test('there is something to find', () => {
    expect(cookies.size).toBeGreaterThan(15)
    expect(tokens.size).toBeGreaterThan(8)
    // An id is no secret, so it has to be seen in all places.
    const heard = overheard.join('\n')
    for (const cookie of cookies) expect(heard).toContain(cookie.split('.')[0])
    const { cookie = '' } = browsers[0]!
    const [id] = cookie.split('.')
    for (const where of [stored, copied, saved]) expect(where).toContain(id)
    expect(logged.join('\n')).toContain('OOM')
  })

  test('no secret in Redis, its replica or its file', () => {
    expect(copied).toHaveLength(stored.length)
    for (const where of [stored, copied, saved]) expectNoSecret(where)
  })

  test('no secret in what MONITOR shows', () => {
    expectNoSecret(overheard.join('\n'))
  })

  test('no secret in errors, nor in objects that are printed', () => {
    expectNoSecret(logged.join('\n'))
  })

  test('nothing that was found opens a session', async () => {
    const all = [stored, saved, ...overheard, ...logged].join('\n')
    const alive = browsers.flatMap(({ cookie }) => cookie?.split('.')[0] ?? [])
    const opens = async (cookie: string): Promise<boolean> => {
      const browser = site.browser()
      browser.cookies.set('session-id', cookie)
      const { value, status } = await browser.visit((session) => session.peek())
      expect(status).toBe(204)
      return value.id !== undefined
    }
    expect(await opens(browsers[0]!.cookie!)).toBe(true)
    const found = [...new Set(all.match(/[\w-]{16,171}/g))]
    expect(found.length).toBeGreaterThan(50)
    for (const id of alive) {
      const opened = await Promise.all(found.map((text) => opens(`${id}.${text}`)))
      expect(found.filter((_, i) => opened[i])).toEqual([])
    }
  })
})
