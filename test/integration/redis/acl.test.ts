/**
 * The user of docs/redis.md. Its rules are read from there, so that what the page allows is what
 * keeps the contract. A command that the library calls from now on has to be added to that page.
 */
import { readFileSync } from 'node:fs'
import { Cluster, Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RedisClient } from '../../../src/index.js'
import { RedisStore } from '../../../src/store/redis/redis-store.js'
import { type RedisCluster, startCluster } from '../../support/servers/cluster.js'
import { type RedisServer, startServer } from '../../support/servers/server.js'
import { describeContract } from '../../contract/contract.js'
import { describeEnding } from '../../contract/ending.js'
import { login, POLICY } from '../../support/store.js'

const page = readFileSync(new URL('../../../docs/redis.md', import.meta.url), 'utf8')
const LINES = [...page.matchAll(/^ACL SETUSER sessions (.*)$/gm)].map(([, rules = '']) =>
  rules.split(' '),
)
const [KEYS = [], SENT = [], CALLED_BY_SCRIPTS = [], BY_CLIENTS = [], ...REST] = LINES
/** Who may not publish either. */
const NECESSARY = [KEYS, SENT, CALLED_BY_SCRIPTS, BY_CLIENTS]

/** In the words of Redis 6.2 and 7.0, and of those after them, for a command and within a script. */
const DENIED = /NOPERM|executing the script can't|ACL failure in script/

let server: RedisServer
let cluster: RedisCluster
beforeAll(async () => {
  ;[server, cluster] = await Promise.all([startServer(), startCluster()])
  for (const node of [server, ...cluster.servers]) {
    for (const rules of LINES) await node.command('ACL', 'SETUSER', 'sessions', ...rules)
    for (const rules of NECESSARY) await node.command('ACL', 'SETUSER', 'mute', ...rules)
    await node.command('CONFIG', 'RESETSTAT')
  }
})
afterAll(async () => {
  await Promise.all([server?.stop(), cluster?.stop()])
})

/** The contract's prefixes are its own: this puts them under the one that the user may touch. */
const keyPrefix = 'session:'
const password = 'PASSWORD'
const url = (user: string) => server.url.replace('//', `//${user}:${password}@`)
const single = (user: string) => new Redis(url(user), { keyPrefix })

const CLIENTS: [string, boolean | undefined, () => RedisClient | Promise<RedisClient>][] = [
  ['ioredis', undefined, () => single('sessions')],
  ['node-redis', undefined, () => createClient({ url: url('sessions'), keyPrefix }).connect()],
  ['the Cluster protocol', true, () => single('sessions')],
  [
    'a cluster',
    undefined,
    () =>
      new Cluster(cluster.nodes, { keyPrefix, redisOptions: { username: 'sessions', password } }),
  ],
]

describe.each(CLIENTS)('the user of docs/redis.md, %s', (name, byOption, connect) => {
  let client: RedisClient
  beforeAll(async () => {
    client = await connect()
  })
  afterAll(async () => {
    await (client as Redis).quit()
  })

  describeContract(name, (policy, prefix) => {
    return new RedisStore({ client, prefix, timeout: 10_000, cluster: byOption }, policy)
  })
})

describe('the user of docs/redis.md, without live sign-out', () => {
  let client: Redis
  beforeAll(() => {
    client = single('mute')
  })
  afterAll(() => client.disconnect())
  describeEnding((policy, prefix) => {
    return new RedisStore({ client, prefix, timeout: 10_000, cluster: undefined }, policy)
  })
})

test('without HINCRBY an increment is a store error, not a field error', async () => {
  for (const rules of [...LINES, ['-hincrby']]) {
    await server.command('ACL', 'SETUSER', 'uncounting', ...rules)
  }
  const client = single('uncounting')
  const store = new RedisStore(
    { client, prefix: 'uncounting', timeout: 10_000, cluster: undefined },
    POLICY,
  )
  const { id, secretHash } = await login(store, { n: 1 })
  const counted = store.update(id, { secretHash, increment: { name: 'n', by: '1' } })
  await expect(counted).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
  client.disconnect()
})

/** What the user `sessions` was refused, by a command's or key's or channel's name. */
async function refused(node: RedisServer): Promise<string[]> {
  const log = (await node.command('ACL', 'LOG')) as string[][]
  return log.flatMap((entry) => {
    const at = (name: string) => entry[entry.indexOf(name) + 1]
    return at('username') === 'sessions' ? [`${at('reason')} ${at('object')}`] : []
  })
}

async function done(node: RedisServer): Promise<string[]> {
  const stats = String(await node.command('INFO', 'commandstats'))
  return [...stats.matchAll(/^cmdstat_(.*):calls=[1-9]/gm)].map(([, name = '']) => name)
}

// These look at what the contract's tests above left behind.
describe('the rules of docs/redis.md', () => {
  test('cover every command, key and channel', async () => {
    const all = (await Promise.all([server, ...cluster.servers].map(refused))).flat()
    // Clients introduce themselves by CLIENT SETINFO, which is not in Redis 7.0 and so cannot be
    // allowed there, and do without.
    expect([...new Set(all)].filter((entry) => !entry.startsWith('command client'))).toEqual([])
  })

  test('allow nothing that the library does not use', async () => {
    const primaries = cluster.servers.slice(0, 3)
    const all = new Set((await Promise.all([server, ...primaries].map(done))).flat())
    const allowed = [...SENT, ...CALLED_BY_SCRIPTS]
    expect(allowed.length).toBeGreaterThan(20)
    expect(allowed.filter((rule) => !all.has(rule.replace('+', '')))).toEqual([])
  })

  describe('for a thief of the password', () => {
    let client: Redis
    beforeAll(() => {
      client = new Redis(url('sessions'))
    })
    afterAll(() => client.disconnect())

    test.each([
      'KEYS *',
      'SCAN 0',
      'RANDOMKEY',
      'DBSIZE',
      'SELECT 1',
      'FLUSHALL',
      'FLUSHDB',
      'CONFIG GET requirepass',
      'ACL LIST',
      'CLIENT LIST',
      'CLIENT KILL TYPE normal',
      'MONITOR',
      'SAVE',
      'REPLICAOF 127.0.0.1 1',
      'SCRIPT FLUSH',
      'MODULE LIST',
      'DUMP session:x',
      'RENAME session:x session:y',
      'EXPIRE session:x 1',
      'PERSIST session:x',
      'HGETALL other:x',
      'HGETALL sessions',
      'DEL other:x',
      'EXISTS session:x other:x',
      'EVAL return(1) 1 other:x',
      "EVAL return(redis.call('GET','other:x')) 0",
      "EVAL return(redis.call('KEYS','*')) 0",
      "EVAL return(redis.call('FLUSHALL')) 0",
      'PUBLISH other x',
      'SUBSCRIBE other',
      'PSUBSCRIBE *',
    ])('refuse %s', async (line) => {
      const [name = '', ...args] = line.split(' ')
      await expect(client.call(name, ...args)).rejects.toThrow(DENIED)
    })
  })

  test('allow to publish the end of a session, and to hear of it', async () => {
    const [listener, speaker] = [new Redis(url('sessions')), new Redis(url('sessions'))]
    try {
      const heard = new Promise((resolve) => listener.once('message', resolve))
      await listener.subscribe('session:{x}:ended')
      expect(await speaker.publish('session:{x}:ended', '')).toBe(1)
      expect(await heard).toBe('session:{x}:ended')
      expect(await listener.unsubscribe()).toBe(0)
    } finally {
      listener.disconnect()
      speaker.disconnect()
    }
  })

  test('are five lines, of which the last is for live sign-out only', () => {
    expect(REST).toHaveLength(1)
    expect(NECESSARY.flat().filter((rule) => /&|publish|subscribe/.test(rule))).toEqual([])
  })
})
