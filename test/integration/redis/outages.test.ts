/**
 * A server that hangs, or is gone and comes back: an error within the timeout, never "no session",
 * and everything works by itself afterwards. Its data is on disk before it answers, so what it had
 * confirmed before it was killed has to be there again.
 */
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RedisClient } from '../../../src/index.js'
import { RedisStore } from '../../../src/store/redis/redis-store.js'
import type { Store } from '../../../src/store/store.js'
import { createId } from '../../../src/store/token.js'
import { type RedisServer, startServer } from '../../support/servers/server.js'
import { type Answer, type Browser, createSite, type Site } from '../../support/http-app.js'
import { collect, login, owner, POLICY, renewal, set } from '../../support/store.js'

const TIMEOUT = 500

interface Client {
  readonly client: RedisClient
  /** Resolves when the client is connected the next time. */
  ready(): Promise<void>
  close(): Promise<unknown> | void
}

const CLIENTS: Record<string, (url: string) => Promise<Client>> = {
  'ioredis 6': async (url) => {
    const client = new Redis(url)
    client.on('error', () => {}) // That the server is gone is what the tests are about.
    await once(client, 'ready')
    const ready = () => new Promise<void>((done) => client.once('ready', () => done()))
    return { client, ready, close: () => client.disconnect() }
  },
  'node-redis 6': async (url) => {
    const client = createClient({ url })
    client.on('error', () => {})
    await client.connect()
    const ready = () => new Promise<void>((done) => client.once('ready', () => done()))
    return { client, ready, close: () => client.destroy() }
  },
}

/** Every method of a store. */
function callAll(store: Store, id: string, secretHash: string): Record<string, Promise<unknown>> {
  return {
    read: store.read(id),
    readSome: store.read(id, ['a']),
    inspect: store.inspect(id),
    explain: store.explain(id, secretHash, performance.now()),
    create: login(store),
    login: login(store, { user_id: 1, org_id: 2 }),
    update: store.update(id, set({ a: 1 }, { secretHash })),
    increment: store.update(id, { increment: { name: 'n', by: '1' } }),
    renew: store.update(id, set({ user_id: 2 }, { secretHash, renewal: renewal('changed') })),
    touch: store.update(id, {}),
    put: store.put(id, set({ b: 1 })),
    putNew: store.put(createId(), set({ b: 1 })),
    delete: store.delete(id),
    deleteOwn: store.delete(id, { owner: owner(secretHash) }),
    find: collect(store.find('user_id', '1')),
    count: store.count('user_id', '1'),
    revokeAll: store.revokeAll('user_id', '1'),
  }
}

function expectUnavailable({ status, setCookies, error }: Answer<unknown>): void {
  expect(error).toMatchObject({ code: 'ERR_SESSION_STORE' })
  expect(status).toBe(503)
  expect(setCookies).toEqual([])
}

/** What a site may want of a session, by somebody who may be signed in. */
const PAGES: Record<string, Parameters<Browser['visit']>[0]> = {
  peek: (session) => session.peek(),
  get: (session) => session.get(),
  set: (session) => session.set({ a: 1 }),
  login: (session) => session.set({ user_id: 7 }),
  touch: (session) => session.touch(),
  regenerate: (session) => session.regenerate(),
  csrf: (session) => session.createCSRFToken(),
  unset: (session) => session.unset(['a']),
}
/** Those that change nothing. */
const READING = ['peek', 'get', 'csrf']
/** Those that need Redis for somebody without a cookie too. */
const STARTING = ['get', 'set', 'login', 'touch', 'regenerate', 'csrf']

describe.each(Object.entries(CLIENTS))('%s', (_, connect) => {
  let server: RedisServer
  let connected: Client
  let site: Site
  beforeEach(async () => {
    server = await startServer(['--appendonly', 'yes', '--appendfsync', 'always'])
    connected = await connect(server.url)
    site = createSite({ client: connected.client, timeout: TIMEOUT })
  })
  afterEach(async () => {
    await connected.close()
    await server.stop()
  })

  async function signIn(user_id: string): Promise<Browser> {
    const browser = site.browser()
    const { error } = await browser.visit((session) => session.set({ user_id }))
    expect(error).toBeUndefined()
    return browser
  }
  const whoIs = (browser: Browser) => browser.visit((session) => session.peek('user_id'))

  test('frozen: every method of a store fails in time', async () => {
    const { client } = connected
    const calls: [string, Promise<unknown>][] = []
    const stores = [false, true].map(
      (cluster) =>
        new RedisStore({ client, prefix: createId(), timeout: TIMEOUT, cluster }, POLICY),
    )
    const sessions = await Promise.all(stores.map((store) => login(store, { user_id: 1 })))
    const patient = new RedisStore(
      { client, prefix: createId(), timeout: 60 * TIMEOUT, cluster: undefined },
      POLICY,
    )
    server.freeze()
    let answered = false
    const waiting = patient.read(createId()).finally(() => (answered = true))
    for (const [i, store] of stores.entries()) {
      const { id, secretHash } = sessions[i]!
      calls.push(...Object.entries(callAll(store, id, secretHash)))
    }
    const outcomes = await Promise.allSettled(calls.map(([, call]) => call))
    // By their own timeout: who may wait for longer still does.
    expect(answered).toBe(false)
    for (const [i, [method]] of calls.entries()) {
      const refused = { status: 'rejected', reason: { code: 'ERR_SESSION_STORE' } }
      expect(outcomes[i], method).toMatchObject(refused)
    }
    server.thaw()
    expect(await waiting).toBeUndefined()
  })

  test.each(['frozen', 'gone'])(
    '%s: 503 for everybody, and then it works by itself',
    async (how) => {
      const [reader, writer] = [await signIn('reader'), await signIn('writer')]
      const { cookie } = writer
      const back = connected.ready()
      if (how === 'frozen') server.freeze()
      else await server.kill()

      const answers = await Promise.all([
        ...Object.values(PAGES).map((page) => writer.visit(page)),
        ...STARTING.map((name) => site.browser().visit(PAGES[name]!)),
        ...READING.map((name) => reader.visit(PAGES[name]!)),
      ])
      answers.forEach(expectUnavailable)
      expect(writer.cookie).toBe(cookie)

      if (how === 'frozen') server.thaw()
      else await server.restart().then(() => back)
      expect(await whoIs(reader)).toMatchObject({ status: 204, value: { user_id: 'reader' } })
      expect(await whoIs(await signIn('new'))).toMatchObject({ value: { user_id: 'new' } })
    },
  )

  test('frozen: no cookie for an application that handles the error', async () => {
    server.freeze()
    const answer = await site.browser().visit(async (session, ctx) => {
      await session.set({ user_id: 'me' }).catch((error: { status: number }) => {
        ctx.status = error.status
      })
    })
    expect(answer).toMatchObject({ status: 503, error: undefined, setCookies: [] })
  })

  test('gone and back while nobody asks', async () => {
    const browser = await signIn('me')
    const back = connected.ready()
    await server.restart()
    await back
    expect(await whoIs(browser)).toMatchObject({ status: 204, value: { user_id: 'me' } })
  })

  test('gone and back while requests run', async () => {
    const count = { served: 0, refused: 0 }
    let onAnswer = () => {}
    const over = new AbortController()
    const confirmed: string[] = []
    const reader = await signIn('me')

    /** Somebody who is signed in, and signs in elsewhere, again and again. */
    async function keepAsking(): Promise<void> {
      while (!over.signal.aborted) {
        const mine = await whoIs(reader)
        // Signed in, or an error: never a nobody.
        if (mine.error === undefined) expect(mine.value).toMatchObject({ user_id: 'me' })
        else expectUnavailable(mine)
        const answer = await site.browser().visit(async (session) => {
          await session.set({ user_id: 'them' })
          return session.id!
        })
        if (answer.error === undefined) confirmed.push(answer.value)
        else expectUnavailable(answer)
        count[answer.error === undefined ? 'served' : 'refused']++
        onAnswer()
      }
    }
    /** Resolves when so many more have been answered in this way. */
    const more = (kind: keyof typeof count, number: number) =>
      new Promise<void>((resolve) => {
        const goal = count[kind] + number
        onAnswer = () => {
          if (count[kind] >= goal) resolve()
        }
      })
    async function outage(): Promise<void> {
      await more('served', 50)
      const back = connected.ready()
      await server.kill()
      await more('refused', 10)
      await server.restart()
      await back
      await more('served', 50)
    }

    const asking = Promise.all(Array.from({ length: 10 }, keepAsking))
    try {
      await Promise.race([outage(), asking])
    } finally {
      over.abort()
    }
    await asking
    const found = await collect(site.Session.find('user_id', 'them'))
    // Beside them there may be some who were told 503.
    expect(found.map(({ id }) => id)).toEqual(expect.arrayContaining(confirmed))
  })
})
