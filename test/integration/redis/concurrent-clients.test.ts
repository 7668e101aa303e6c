/**
 * Two processes at once on one Redis, with different clients: whatever one of them is doing to a
 * session, nothing of it is left once the other one has ended it.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { RedisStore } from '../../../src/store/redis/redis-store.js'
import { createId } from '../../../src/store/token.js'
import { CLUSTER, type Connected, SINGLE } from '../../support/clients/supported.js'
import { foundIds, HOUR, login, owner, POLICY, renewal, set } from '../../support/store.js'

interface Held {
  readonly id: string
  readonly secretHash: string
}

/** What a request may do to a session that is being ended. None changes the value it is found by. */
const ATTACKS = {
  write: (store: RedisStore, { id, secretHash }: Held) =>
    store.update(id, set({ a: 1, b: null }, { secretHash })),
  sameValue: (store: RedisStore, { id, secretHash }: Held) =>
    store.update(id, set({ user_id: 'victim' }, { secretHash, renewal: renewal('changed') })),
  otherReference: (store: RedisStore, { id, secretHash }: Held) =>
    store.update(id, set({ org_id: createId() }, { secretHash })),
  touch: (store: RedisStore, { id, secretHash }: Held) => store.update(id, { secretHash }),
  longer: (store: RedisStore, { id, secretHash }: Held) =>
    store.update(id, { secretHash, maxAge: 100 * HOUR }),
  renew: (store: RedisStore, { id, secretHash }: Held) =>
    store.update(id, { secretHash, renewal: renewal('always') }),
  increment: (store: RedisStore, { id, secretHash }: Held) =>
    store.update(id, { secretHash, increment: { name: 'n', by: '1' } }),
  operator: (store: RedisStore, { id }: Held) => store.update(id, set({ org_id: 'o' })),
  read: (store: RedisStore, { id }: Held) => store.read(id),
  find: (store: RedisStore) => foundIds(store, 'user_id', 'victim'),
  count: (store: RedisStore) => store.count('user_id', 'victim'),
}

const attack = fc.record({
  name: fc.constantFrom(...(Object.keys(ATTACKS) as (keyof typeof ATTACKS)[])),
  on: fc.nat(),
  by: fc.constantFrom(0, 1),
  /** How many turns of the event loop it waits. */
  after: fc.nat(12),
})
const scene = fc.record({
  sessions: fc.integer({ min: 1, max: 12 }),
  attacks: fc.array(attack, { minLength: 5, maxLength: 60 }),
  revoker: fc.constantFrom(0, 1),
  after: fc.nat(8),
  newcomers: fc.nat(3),
})

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((done) => setImmediate(done))
}

const PAIRS: [string, boolean | undefined, () => Promise<Connected>[]][] = [
  ['one Redis', undefined, () => two(SINGLE, inject('redisUrl'))],
  ['the protocol of a cluster', true, () => two(SINGLE, inject('redisUrl'))],
  ['a cluster', undefined, () => two(CLUSTER, inject('clusterNodes'))],
]

function two<Target>(
  clients: Record<string, (target: Target) => Promise<Connected>>,
  target: Target,
): Promise<Connected>[] {
  const of = (library: RegExp) => Object.entries(clients).find(([name]) => library.test(name))![1]
  return [of(/^ioredis 6/)(target), of(/^node-redis 6/)(target)]
}

describe.each(PAIRS)('%s', (_, cluster, connect) => {
  let processes: Connected[]
  beforeAll(async () => {
    processes = await Promise.all(connect())
  })
  afterAll(async () => {
    await Promise.all(processes.map(({ close }) => close()))
  })

  test('nothing brings a session back after revokeAll', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(scene, async ({ sessions, attacks, revoker, after, newcomers }) => {
        const prefix = `hostile-${createId()}`
        const stores = processes.map(
          ({ client }) => new RedisStore({ client, prefix, timeout: 10_000, cluster }, POLICY),
        )
        const newcomer = () => login(stores[1 - revoker]!, { user_id: 'victim' })
        const victims = await Promise.all(Array.from({ length: sessions }, newcomer))

        const attacking = Promise.all(
          attacks.map(async ({ name, on, by, after: wait }) => {
            await turns(wait)
            return ATTACKS[name](stores[by]!, victims[on % sessions]!)
          }),
        )
        const joining = turns(after).then(() =>
          Promise.all(Array.from({ length: newcomers }, newcomer)),
        )
        await turns(after)
        const ended = await stores[revoker]!.revokeAll('user_id', 'victim')
        expect(ended).toBeGreaterThanOrEqual(sessions)
        // The attacks still go on, and again when they are over.
        await expectGone(stores, victims)
        await attacking
        await expectGone(stores, victims)

        // Who came meanwhile was ended too, or is found.
        const alive: string[] = []
        for (const { id } of await joining) {
          if ((await stores[0]!.read(id)) !== undefined) alive.push(id)
        }
        for (const store of stores) {
          expect(await foundIds(store, 'user_id', 'victim')).toEqual(alive.toSorted())
        }
        expect(await stores[0]!.revokeAll('user_id', 'victim')).toBe(alive.length)
      }),
      { numRuns: 50 },
    )
  })
})

async function expectGone(stores: readonly RedisStore[], victims: readonly Held[]): Promise<void> {
  await Promise.all(
    stores.flatMap((store) =>
      victims.map(async (victim) => {
        expect(await store.read(victim.id)).toBeUndefined()
        expect(await store.inspect(victim.id)).toBeUndefined()
        const { write, touch, renew, increment, operator } = ATTACKS
        for (const attempt of [write, touch, renew, increment, operator]) {
          expect(await attempt(store, victim)).toMatchObject({ refusal: 'gone' })
        }
        expect(await store.delete(victim.id, { owner: owner(victim.secretHash) })).toBe('gone')
      }),
    ),
  )
}
