/** What a request costs: the commands that a server of its own receives, as MONITOR reports them. */
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createId } from '../../../src/store/token.js'
import { type RedisServer, startServer } from '../../support/servers/server.js'
import { createBoundSite, Device } from '../../support/device.js'
import { type Browser, createSite, type Site } from '../../support/http-app.js'
import { type Connected, SINGLE } from '../../support/clients/supported.js'
import { logOutBetween } from '../../support/logout-provider.js'
import { collect } from '../../support/store.js'
import { watchOneEnd } from '../../support/watch-one-end.js'
import { keysOf, nameOf, SCRIPTS, sentDuring as commandsDuring } from '../../support/scripts.js'
import { type Watcher, watch } from '../../support/clients/monitor.js'

let server: RedisServer
let raw: Redis
let watcher: Watcher

beforeAll(async () => {
  server = await startServer()
  raw = new Redis(server.url)
  watcher = await watch(raw)
})
afterAll(async () => {
  watcher.stop()
  raw.disconnect()
  await server.stop()
})

const ONE_NODE = Object.keys(SCRIPTS).filter((name) =>
  /_ONE_NODE$|_PAGE$|^LEAVE_SET$|^CREATE_SIMPLE$/.test(name),
)
const CLUSTER = Object.keys(SCRIPTS).filter((name) =>
  /_CLUSTER$|^CONFIRM_JOIN$|^JOIN_SET$/.test(name),
)

const sentDuring = (work: () => Promise<unknown>): Promise<string[]> =>
  commandsDuring(watcher, work)

describe.each([
  ['ioredis 6', false],
  ['node-redis 6', false],
  ['ioredis 6', true],
  ['node-redis 6', true],
])('%s, cluster: %s', (name, cluster) => {
  const create = cluster ? 'CREATE_CLUSTER' : 'CREATE_ONE_NODE'
  const login = cluster ? 'CREATE_CLUSTER' : 'CREATE_SIMPLE'
  const update = cluster ? 'UPDATE_CLUSTER' : 'UPDATE_ONE_NODE'
  let connected: Connected
  let site: Site
  let user: string
  beforeAll(async () => {
    connected = await SINGLE[name]!(server.url)
    site = createSite({ client: connected.client, cluster })
    // The first call of each script is its text, because the server does not know it yet.
    for (const { lua } of Object.values(SCRIPTS)) await raw.script('LOAD', lua)
  })
  afterAll(() => connected.close())
  beforeEach(() => {
    user = createId()
  })

  /** A browser with a session; signed in, if a user is given. */
  async function visitor(user_id?: string): Promise<Browser> {
    const browser = site.browser()
    await browser.visit((session) => session.set(user_id === undefined ? { a: 1 } : { user_id }))
    return browser
  }

  test('a request that does not touch the session: none, and no cookie', async () => {
    for (const browser of [site.browser(), await visitor(), await visitor(user)]) {
      let setCookies: string[] | undefined
      const sent = await sentDuring(async () => {
        ;({ setCookies } = await browser.visit(() => undefined))
      })
      expect(sent).toEqual([])
      expect(setCookies).toEqual([])
    }
  })

  test('reading: one', async () => {
    const browser = await visitor(user)
    expect(await sentDuring(() => browser.visit((session) => session.get()))).toEqual(['HGETALL'])
    expect(await sentDuring(() => browser.visit((session) => session.peek()))).toEqual(['HGETALL'])
    expect(await sentDuring(() => browser.visit((session) => session.get('a')))).toEqual(['HMGET'])
    expect(await sentDuring(() => browser.visit((session) => session.peek([])))).toEqual(['HMGET'])
  })

  test('reading without a session: none to look, one to start it', async () => {
    const browser = site.browser()
    expect(await sentDuring(() => browser.visit((session) => session.peek()))).toEqual([])
    browser.cookies.set('session-id', 'rubbish')
    expect(await sentDuring(() => browser.visit((session) => session.peek()))).toEqual([])
    expect(await sentDuring(() => browser.visit((session) => session.get()))).toEqual([create])
  })

  test('reading with a dead cookie: one, and one to tell why it is dead', async () => {
    const browser = await visitor(user)
    await site.Session.revokeAll('user_id', user)
    const sent = await sentDuring(() => browser.visit((session) => session.peek()))
    expect(sent).toEqual(['HGETALL', 'EXPLAIN'])
  })

  test('a write: one', async () => {
    const browser = await visitor(user)
    const write = (page: Parameters<typeof browser.visit>[0]) =>
      sentDuring(() => browser.visit(page))
    expect(await write((session) => session.set({ a: 1 }))).toEqual(['SET_FIELDS'])
    expect(await write((session) => session.unset(['a', 'b']))).toEqual([update])
    expect(await write((session) => session.touch())).toEqual([update])
    expect(await write((session) => session.increment('n'))).toEqual([update])
    expect(await write((session) => session.regenerate())).toEqual([update])
  })

  test('CSRF tokens: one to know the session, and one for each that is verified', async () => {
    const browser = await visitor(user)
    const sent = await sentDuring(() =>
      browser.visit(async (session) => {
        const token = await session.createCSRFToken()
        await session.createCSRFToken()
        await session.verifyCSRFToken(token)
      }),
    )
    expect(sent).toEqual(['HMGET', 'HMGET'])
  })

  // The steps of a login on a cluster: join the set, write the session, look that it is in the set.
  const steps = (script: string) => (cluster ? ['JOIN_SET', script, 'JOIN_SET'] : [script])

  test('a login without a cookie', async () => {
    const browser = site.browser()
    const sent = await sentDuring(() => browser.visit((session) => session.set({ user_id: user })))
    expect(sent).toEqual(steps(login))
  })

  test.each([false, true])('a login of a visitor, whose session was read: %s', async (reads) => {
    const browser = await visitor()
    const visit = () => browser.visit((session) => session.set({ user_id: user }))
    const read = () =>
      browser.visit((session) => session.peek([]).then(() => session.set({ user_id: user })))
    // On a cluster the secret is read first: a forged cookie must join no set.
    const first = reads || cluster ? ['HMGET'] : []
    expect(await sentDuring(reads ? read : visit)).toEqual([...first, ...steps(update)])
  })

  test('a login with the cookie of a dead session', async () => {
    const browser = await visitor(createId())
    await site.Session.revoke(browser.cookie!.split('.')[0]!)
    const sent = await sentDuring(() => browser.visit((session) => session.set({ user_id: user })))
    expect(sent).toEqual([...(cluster ? ['HMGET', 'EXPLAIN'] : [update]), ...steps(login)])
  })

  test('a login with more references takes no more steps', async () => {
    const browser = site.browser()
    const sent = await sentDuring(() =>
      browser.visit((session) => session.set({ user_id: user, org_id: user, ip: user })),
    )
    const joins = cluster ? ['JOIN_SET', 'JOIN_SET', 'JOIN_SET'] : []
    expect(sent).toEqual([...joins, login, ...joins])
  })

  test('a login to a set of many looks at a few of them', async () => {
    for (let i = 0; i < 5; i++) await visitor(user)
    const sent = await sentDuring(() => visitor(user))
    // On a cluster no session this young may be taken for a dead one, so nobody looks.
    expect(sent).toEqual(cluster ? steps(login) : [login, 'EXISTS'])
  })

  test('ending a session: one, and one for each of its sets', async () => {
    const leave = cluster ? 'SREM' : 'LEAVE_SET'
    const end = (browser: Browser) => sentDuring(() => browser.visit((session) => session.delete()))
    expect(await end(await visitor(user))).toEqual(['DELETE_SESSION', leave])
    expect(await end(await visitor())).toEqual(['DELETE_SESSION'])
    expect(await end(site.browser())).toEqual([])
  })

  test('ending all sessions of a user: one to look, and one for all, or one for each', async () => {
    for (let i = 0; i < 3; i++) await visitor(user)
    const sent = await sentDuring(() => site.Session.revokeAll('user_id', user))
    const each = ['REVOKE_CLUSTER', 'REVOKE_CLUSTER', 'REVOKE_CLUSTER', 'SREM']
    expect(sent).toEqual(['BEGIN_REVOCATION', ...(cluster ? each : ['REVOKE_PAGE'])])
    const none = await sentDuring(() => site.Session.revokeAll('user_id', user))
    expect(none).toEqual(['BEGIN_REVOCATION'])
  })

  test('what is aborted or misspelt from the start: none', async () => {
    const browser = await visitor(user)
    const { Session } = site
    const signal = AbortSignal.abort()
    const sent = await sentDuring(async () => {
      await browser.visit((except) =>
        Promise.allSettled([
          collect(Session.find('user_id', user, { signal })),
          Session.count('user_id', user, { signal }),
          Session.revokeAll('user_id', user, { signal, except, onProgress: () => {} }),
          Session.revokeAll('user_id', user, { except, progress: () => {} } as never),
        ]),
      )
    })
    expect(sent).toEqual([])
  })

  test('rolling: one to read, and one more when it is time to touch', async () => {
    const browser = await visitor(user)
    const read = async (rolling: boolean | string) => {
      const { client } = connected
      const prefix = site.Session.store.getSessionKey('').split(':')[0]!
      const other = createSite({ client, cluster, prefix, rolling }).browser()
      other.cookies.set('session-id', browser.cookie!)
      return sentDuring(() => other.visit((session) => session.get()))
    }
    expect(await read('1 hour')).toEqual(['READ_WITH_TIMES'])
    expect(await read(true)).toEqual(['READ_WITH_TIMES', update])
  })

  test('rolling: what is not asked for is not read', async () => {
    const { client } = connected
    const browser = createSite({ client, cluster, rolling: '1 hour' }).browser()
    await browser.visit((session) => session.set({ a: 1, big: 'x'.repeat(1000) }))
    const commands = await watcher.commandsDuring(async () => {
      expect((await browser.visit((session) => session.get(['a']))).value).toMatchObject({ a: '1' })
    })
    const [script, ...inside] = commands
    const own = '$created $secret $signedIn $binding $active $maxAge $indexed $watched'.split(' ')
    expect(nameOf(script!)).toBe('READ_WITH_TIMES')
    expect(script!.words.slice(4)).toEqual([...own, 'a'])
    const key = script!.words[3]!
    expect(inside.map(({ words }) => words).filter(([command]) => command !== 'TIME')).toEqual([
      ['PTTL', key],
      ['HMGET', key, ...own, 'a'],
      ['HLEN', key],
    ])
  })

  /** Signs in on a device that binds its session, and proves itself. */
  async function bound(): Promise<void> {
    const { client } = connected
    await new Device(createBoundSite({ client, cluster }).browser()).bind()
  }

  /** Signs in where the one slot is that of a session that is gone, taken in vain, or of a live session. */
  async function limited(): Promise<void> {
    const { client } = connected
    const references = { user_id: { max: 1 } }
    const { browser, Session } = createSite({ client, cluster, references })
    const ended = browser()
    for (const visit of [ended, browser(), ended]) {
      await visit.visit((session) => session.set({ user_id: user }))
      await raw.del(Session.store.getSessionKey(ended.cookie!.split('.')[0]!))
    }
    for (const visit of [browser(), browser()]) {
      await visit.visit((session) => session.set({ user_id: user }))
    }
  }

  test('every script names all its keys, and on a cluster they share a slot', async () => {
    const [one, other] = [await visitor(user), await visitor()]
    const all = await watcher.commandsDuring(async () => {
      await visitor(user)
      await other.visit((session) => session.set({ user_id: user, org_id: user, ip: 'x' }))
      await other.visit((session) => session.set({ user_id: 'y', org_id: null, ip: 'y' }))
      await other.visit((session) => session.set({ a: 1 }))
      const late = other.copy()
      await other.visit((session) => session.regenerate())
      await late.visit((session) => session.peek())
      await other.visit((session) => session.touch('100 days'))
      await collect(site.Session.find('user_id', user))
      await one.visit((session) => session.requireFresh('1 hour').catch(() => {}))
      await one.visit((session) => session.revokeOthers('user_id'))
      await one.visit((session) => session.delete())
      await site.Session.revokeAll('user_id', 'y')
      await limited()
      await bound()
      await watchOneEnd({ client: connected.client, cluster })
      await logOutBetween({ client: connected.client, cluster })
    })
    const ran = new Set<string>()
    let named: readonly string[] = []
    for (const command of all) {
      const { words, lua } = command
      if (lua) {
        expect(named).toEqual(expect.arrayContaining([...keysOf(command)]))
      } else if (/^eval/i.test(words[0]!)) {
        ran.add(nameOf(command))
        named = words.slice(3, 3 + Number(words[2]))
        const tags = new Set(named.map((key) => /\{(.*?)\}/.exec(key)?.[1]))
        if (cluster) expect(tags.size).toBe(1)
      }
    }
    const ofOther = cluster ? ONE_NODE : CLUSTER
    // OVER_LIMIT takes a thousand sessions over the limit.
    expect([...ran].toSorted()).toEqual(
      Object.keys(SCRIPTS)
        .filter((script) => script !== 'OVER_LIMIT' && !ofOther.includes(script))
        .toSorted(),
    )
  })
})
