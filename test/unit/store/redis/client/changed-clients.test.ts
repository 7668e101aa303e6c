/** What an application does to its client: it changes nothing for the store, or is an error. Nobody is signed out. */
import { Command as Command6, Redis as Redis6 } from 'ioredis'
import { Command as Command5, Redis as Redis5 } from 'ioredis5'
import Redis50, { Command as Command50 } from 'ioredis50'
import * as redis6 from 'redis'
import * as redis5 from 'redis5'
import { afterEach, describe, expect, inject, onTestFinished, test } from 'vitest'
import type { RedisClient } from '../../../../../src/index.js'
import { RedisStore } from '../../../../../src/store/redis/redis-store.js'
import { createId, createToken } from '../../../../../src/store/token.js'
import { foundIds, POLICY, set } from '../../../../support/store.js'

const url = inject('redisUrl')

function open(client: RedisClient, prefix = createId()): RedisStore {
  return new RedisStore({ client, prefix, timeout: 10_000, cluster: undefined }, POLICY)
}

/** A session of user 7, by a client of its own, read in every way. */
async function readEverything(store: RedisStore): Promise<void> {
  const { id, secretHash } = createToken(24)
  await store.create(id, secretHash, set({ user_id: 7, name: 'x' }))
  const session = { values: { user_id: '7', name: 'x' }, secretHash }
  expect(await store.read(id)).toEqual(session)
  expect(await store.read(id, ['name', 'none'])).toEqual({ values: { name: 'x' }, secretHash })
  expect(await store.inspect(id)).toMatchObject(session)
  expect(await store.inspect(id, ['name'])).toMatchObject({ values: { name: 'x' }, secretHash })
  expect(await foundIds(store, 'user_id', '7')).toEqual([id])
  expect(await store.count('user_id', '7')).toBe(1)
  expect(await store.revokeAll('user_id', '7')).toBe(1)
  expect(await store.read(id)).toBeUndefined()
}

type Transformer = (words: unknown) => unknown
interface Command {
  setReplyTransformer(name: string, transform: Transformer): void
  setArgumentTransformer(name: string, transform: Transformer): void
  readonly _transformer: Record<'reply' | 'argument', Record<string, Transformer>>
}
interface Options {
  keyPrefix?: string
  stringNumbers?: boolean
}
const IOREDIS: [string, unknown, (options: Options) => RedisClient & { disconnect(): void }][] = [
  ['ioredis 6', Command6, (options) => new Redis6(url, options)],
  ['ioredis 5', Command5, (options) => new Redis5(url, options)],
  ['ioredis 5.0', Command50, (options) => new Redis50(url, options)],
]
const NAMES = ['hgetall', 'hmget', 'hget', 'exists', 'srem', 'evalsha', 'eval']

describe.each(IOREDIS)('%s', (_, given, connect) => {
  const Command = given as Command
  const { reply, argument } = Command._transformer
  const before = { reply: { ...reply }, argument: { ...argument } }
  afterEach(() => {
    for (const name of NAMES) {
      for (const kind of ['reply', 'argument'] as const) {
        delete Command._transformer[kind][name]
        const old = before[kind][name]
        if (old !== undefined) Command._transformer[kind][name] = old
      }
    }
  })
  const client = (options: Options = {}): RedisClient => {
    const connected = connect(options)
    onTestFinished(() => connected.disconnect())
    return connected
  }

  test('the reply transformer in its README', async () => {
    Command.setReplyTransformer('hgetall', (flat) => {
      const pairs: unknown[] = []
      for (let i = 0; i < (flat as []).length; i += 2) {
        pairs.push([(flat as [])[i], (flat as [])[i + 1]])
      }
      return pairs
    })
    await readEverything(open(client()))
  })

  test.each([{}, { keyPrefix: 'app:' }, { stringNumbers: true }])(
    'transformers of all replies and arguments: %o',
    async (options) => {
      for (const name of NAMES) {
        Command.setReplyTransformer(name, () => [])
        Command.setArgumentTransformer(name, () => ['nothing'])
      }
      await readEverything(open(client(options)))
    },
  )

  test('commands of its own with the names of others', async () => {
    const changed = client()
    for (const name of ['hgetall', 'hmget', 'evalsha']) {
      const definition = { lua: 'return {}', numberOfKeys: 1 }
      ;(changed as unknown as Redis6).defineCommand(name, definition)
    }
    await readEverything(open(changed))
  })
})

test('ioredis 6 with the types of RESP3', async () => {
  const client = new Redis6(url, { protocol: 3, replyMapping: 'resp3' })
  onTestFinished(() => client.disconnect())
  await readEverything(open(client))
})

describe.each([
  ['node-redis 6', redis6],
  ['node-redis 5', redis5],
])('%s', (_, { createClient, RESP_TYPES }) => {
  const { BLOB_STRING, SIMPLE_STRING, NUMBER, MAP, ARRAY, SET } = RESP_TYPES
  test.each<[number, object]>([
    [2, { [BLOB_STRING]: Buffer, [SIMPLE_STRING]: Buffer }],
    [3, { [BLOB_STRING]: Buffer, [NUMBER]: String, [MAP]: Map, [ARRAY]: Set }],
    [3, { [MAP]: Array, [SET]: Set }],
  ])('with its own types for replies, in RESP%i: %o', async (RESP, typeMapping) => {
    const options = { url, RESP, commandOptions: { typeMapping } }
    const client = (createClient as (given: object) => ReturnType<typeof redis6.createClient>)(
      options,
    )
    await client.connect()
    onTestFinished(() => client.destroy())
    await readEverything(open(client))
    await readEverything(open(client.withTypeMapping(typeMapping)))
  })
})

describe('a reply of another shape is an error', () => {
  const wrong: [string, unknown[]][] = [
    [
      'hgetall',
      [
        undefined,
        null,
        'OK',
        1,
        ['a'],
        [['a', 'b']],
        [
          ['a', 'b'],
          ['c', 'd'],
        ],
        { a: 1 },
      ],
    ],
    ['hgetall', [Buffer.from('x'), [Buffer.from('a'), 'b'], new Map([['a', {}]]), new Set(['a'])]],
    ['hmget', [undefined, null, {}, [], ['a'], ['a', 1, 'c'], [null, null, undefined]]],
    ['hget', [undefined, 1, Buffer.from('7'), ['7'], {}]],
  ]
  test.each(wrong)('%s', async (name, replies) => {
    const real = new Redis6(url)
    onTestFinished(() => real.disconnect())
    const prefix = createId()
    const { id, secretHash } = createToken(24)
    await open(real, prefix).create(id, secretHash, set({ user_id: 7 }))
    for (const reply of replies) {
      const call = async (command: string, ...args: string[]) =>
        command === name ? reply : real.call(command, ...args)
      const store = open({ isCluster: false, call }, prefix)
      const read = {
        hgetall: () => store.read(id),
        hmget: () => store.read(id, ['name']),
        hget: () => store.count('user_id', '7'),
      }[name]!
      await expect(read(), String(reply)).rejects.toMatchObject({
        code: 'ERR_SESSION_STORE',
        message: expect.stringContaining(`${name.toUpperCase()} has an unknown shape`),
      })
    }
  })
})
