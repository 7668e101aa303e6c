/**
 * The mark of a watched session, and the messages that it allows. Redis Cluster sends each one to every node, so a
 * session that nobody watches has to cost none.
 */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { FieldValues } from '../../../src/index.js'
import { RedisStore } from '../../../src/store/redis/redis-store.js'
import { WATCHED_FOR } from '../../../src/store/redis/indexing/timing.js'
import type { StorePolicy } from '../../../src/store/store.js'
import { createId, createToken } from '../../../src/store/token.js'
import { CLUSTER, SINGLE } from '../../support/clients/supported.js'
import { type RedisCluster, startCluster } from '../../support/servers/cluster.js'
import { type RedisServer, startServer } from '../../support/servers/server.js'
import { until } from '../../support/until.js'
import { collect, freshPrefix, login, owner, POLICY, renewal, set } from '../../support/store.js'

let server: RedisServer
let cluster: RedisCluster
beforeAll(async () => {
  ;[server, cluster] = await Promise.all([startServer(), startCluster()])
})
afterAll(async () => {
  await Promise.all([server?.stop(), cluster?.stop()])
})

const LIMITED: StorePolicy = {
  ...POLICY,
  references: new Map([
    ...POLICY.references,
    ['seat', { rotate: false, max: 1, onMax: 'evict-oldest' as const }],
  ]),
}

/** Watches a session for the holder of its secret. */
function watch(store: RedisStore, { id, secretHash }: Login) {
  let onEnd = (): void => {}
  const told = new Promise<void>((resolve) => {
    onEnd = resolve
  })
  const owns = (hash: string | undefined) => hash === secretHash
  const stop = store.watch(id, { owns, proves: () => true, onEnd })
  return { told, stop }
}

async function signIn(store: RedisStore, values: FieldValues = {}): Promise<Login> {
  const { id, secretHash } = createToken(24)
  const since = performance.now()
  await store.create(id, secretHash, set({ user_id: id, seat: id, a: 1, ...values }, { since }))
  return { id, secretHash }
}

type Login = Pick<Awaited<ReturnType<typeof login>>, 'id' | 'secretHash'>
const CHANGES: [string, (store: RedisStore, session: Login) => Promise<unknown>][] = [
  ['revokeAll', (store, { id }) => store.revokeAll('user_id', id)],
  ['its owner', (store, { id, secretHash }) => store.delete(id, { owner: owner(secretHash) })],
  ['the operator', (store, { id }) => store.delete(id, { reason: 'why' })],
  ['a limit', (store, { id }) => signIn(store, { seat: id })],
  ['a renewal', (store, { id }) => store.update(id, { renewal: renewal('always') })],
  ['a write that shortens it', (store, { id }) => store.update(id, { maxAge: 60_000 })],
]

describe.each([
  ['one node', () => SINGLE['ioredis 6']!(server.url), false],
  ['one node, by node-redis', () => SINGLE['node-redis 6']!(server.url), false],
  ['one node, by the protocol of a cluster', () => SINGLE['ioredis 6']!(server.url), true],
  ['a cluster', () => CLUSTER['ioredis 6 Cluster']!(cluster.nodes), undefined],
  ['a cluster, by node-redis', () => CLUSTER['node-redis 6 cluster']!(cluster.nodes), undefined],
])('on %s', (_, connect, byOption) => {
  let here: RedisStore
  let elsewhere: RedisStore
  let nodes: RedisServer[]
  beforeAll(async () => {
    const { client, close } = await connect()
    const prefix = freshPrefix()
    const open = () =>
      new RedisStore({ client, prefix, timeout: 10_000, cluster: byOption }, LIMITED)
    ;[here, elsewhere] = [open(), open()]
    nodes = byOption === undefined ? cluster.servers.slice(0, 3) : [server]
    return async () => {
      await Promise.all([here, elsewhere].map((store) => store.close()))
      await close()
    }
  })

  /** Sends a command to the node that has the session. */
  async function raw(name: string, { id }: Login, ...args: (string | number)[]) {
    const answers = nodes.map((node) => node.command(name, here.getSessionKey(id), ...args))
    return Promise.any(answers)
  }
  const mark = async (session: Login) => Number(await raw('HGET', session, '$watched'))

  /** Resolves once the session is subscribed to, checked, and marked. */
  async function watchMarked(store: RedisStore, session: Login) {
    const before = await mark(session)
    const watched = watch(store, session)
    await until('the session is marked', async () => (await mark(session)) > before)
    return watched
  }

  /** How many messages were published during some work. */
  async function published(work: () => Promise<unknown>): Promise<number> {
    await Promise.all(nodes.map((node) => node.command('CONFIG', 'RESETSTAT')))
    await work()
    const all = await Promise.all(nodes.map((node) => node.command('INFO', 'commandstats')))
    const calls = all.map((stats) => /cmdstat_publish:calls=(\d+)/.exec(String(stats))?.[1] ?? 0)
    return calls.reduce<number>((sum, count) => sum + Number(count), 0)
  }

  describe.each(CHANGES)('the change by %s', (__, change) => {
    test('is not published where nobody watches', async () => {
      const session = await signIn(here)
      expect(await published(() => change(elsewhere, session))).toBe(0)
    })

    test('is published once where two processes watch', async () => {
      const session = await signIn(here)
      await watchMarked(here, session)
      await watchMarked(elsewhere, session)
      expect(await published(() => change(elsewhere, session))).toBe(1)
    })

    test('is not published once the mark is over', async () => {
      const session = await signIn(here)
      const { stop } = await watchMarked(here, session)
      stop()
      await raw('HSET', session, '$watched', Date.now() - 1)
      expect(await published(() => change(elsewhere, session))).toBe(0)
    })
  })

  test('a revokeAll publishes the ends of those that are watched, and no others', async () => {
    const org_id = createId()
    const logins = []
    for (let i = 0; i < 120; i++) logins.push(await login(here, { org_id }))
    const watched = [logins[3]!, logins[110]!].map((session) => watchMarked(here, session))
    const told = (await Promise.all(watched)).map((one) => one.told)
    expect(await published(() => elsewhere.revokeAll('org_id', org_id))).toBe(2)
    await Promise.all(told)
  })

  test('without a message the watcher is told by its next check', async () => {
    const session = await signIn(here)
    const { told } = await watchMarked(here, session)
    await raw('HDEL', session, '$watched')
    expect(await published(() => elsewhere.delete(session.id))).toBe(0)
    // A second watcher has the session checked.
    watch(here, session)
    await told
  })

  test('each check renews the mark, and none does once nobody watches', async () => {
    const session = await signIn(here)
    const { stop } = await watchMarked(here, session)
    const short = Date.now() + 1000
    await raw('HSET', session, '$watched', short)
    const { stop: stopSecond } = watch(here, session)
    await until('the mark is renewed', async () => (await mark(session)) > short)
    expect(Math.abs((await mark(session)) - Date.now() - WATCHED_FOR)).toBeLessThan(10_000)
    stop()
    stopSecond()
    const last = await mark(session)
    // Another end is told after whatever was under way.
    const other = await signIn(here)
    const { told } = await watchMarked(here, other)
    expect(await published(() => elsewhere.update(session.id, { maxAge: 60_000 }))).toBe(1)
    await elsewhere.delete(other.id)
    await told
    expect(await mark(session)).toBe(last)
  })

  test('a check makes no session, and lets none live for longer', async () => {
    const { id, secretHash } = createToken(24)
    await watch(here, { id, secretHash }).told
    expect(await raw('EXISTS', { id, secretHash })).toBe(0)
    // What the application may have written to the key of one that had ended.
    await raw('HSET', { id, secretHash }, 'a', 1)
    await watch(here, { id, secretHash }).told
    expect(await raw('HGETALL', { id, secretHash })).toEqual(['a', '1'])
    const session = await signIn(here)
    const timeLeft = Number(await raw('PTTL', session))
    await watchMarked(here, session)
    const elapsed = timeLeft - Number(await raw('PTTL', session))
    expect(elapsed).toBeGreaterThanOrEqual(0)
    expect(elapsed).toBeLessThan(10_000)
  })

  test('the mark outlives each write, and no reader sees it', async () => {
    const session = await signIn(here)
    const { id } = session
    const { stop } = await watchMarked(here, session)
    // It would mark it again.
    stop()
    const before = await mark(session)
    await elsewhere.update(id, set({ b: 1 }))
    await elsewhere.update(id, { renewal: renewal('always') })
    // Somebody else: all fields go but the library's own.
    const somebodyElse = set({ user_id: `${id}2` }, { signsIn: true, renewal: renewal('always') })
    await elsewhere.update(id, somebodyElse)
    expect(await mark(session)).toBe(before)
    const values = { user_id: `${id}2` }
    expect((await here.read(id))?.values).toEqual(values)
    expect((await here.inspect(id))?.values).toEqual(values)
    expect(await collect(here.find('user_id', `${id}2`))).toMatchObject([{ id, values }])
  })

  test('a session with nothing but the mark is empty', async () => {
    const session = await signIn(here)
    const { id } = session
    await watchMarked(here, session)
    const emptied = await here.update(id, { unset: ['user_id', 'seat', 'a'] })
    expect(emptied).toMatchObject({ expiresIn: POLICY.emptyMaxAge })
    for (const fields of [undefined, ['a']]) {
      expect((await here.inspect(id, fields))?.idleFor).toBeLessThan(10_000)
    }
  })
})

describe('a server that refuses the mark', () => {
  async function open(url = server.url, prefix = freshPrefix()): Promise<RedisStore> {
    const { client, close } = await SINGLE['ioredis 6']!(url)
    const store = new RedisStore({ client, prefix, timeout: 10_000, cluster: undefined }, POLICY)
    onTestFinished(async () => {
      await store.close()
      await close()
    })
    return store
  }
  const marked = async (store: RedisStore, id: string) =>
    (await server.command('HEXISTS', store.getSessionKey(id), '$watched')) === 1

  test('a full one takes it: it is no longer than the one before', async () => {
    const store = await open()
    const session = await login(store)
    await server.command('CONFIG', 'SET', 'maxmemory', 1)
    onTestFinished(() => void server.command('CONFIG', 'SET', 'maxmemory', 0))
    const written = store.update(session.id, set({ a: 1 }))
    await expect(written).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
    const { told } = watch(store, session)
    await until('the session is marked', () => marked(store, session.id))
    await store.delete(session.id)
    await told
  })

  test('one that refuses the write is asked again soon', async () => {
    await server.command('ACL', 'SETUSER', 'reader', 'on', '>x', '+@all', '-hset', '~*', '&*')
    const prefix = freshPrefix()
    const [other, store] = [
      await open(server.url, prefix),
      await open(server.url.replace('//', '//reader:x@'), prefix),
    ]
    const session = await login(other)
    const { told } = watch(store, session)
    await until('somebody listens', async () => {
      const [, count] = (await server.command(
        'PUBSUB',
        'NUMSUB',
        `${other.getSessionKey(session.id)}:ended`,
      )) as [string, number]
      return count === 1
    })
    expect(await other.delete(session.id)).toBe('deleted')
    await told
    expect(await marked(other, session.id)).toBe(false)
  })
})
