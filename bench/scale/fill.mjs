import { randomBytes } from 'node:crypto'
import calculateSlot from 'cluster-key-slot'
import { userNumber } from './sessions.mjs'

/** Sessions per round: some hundred per script, which takes Redis a few ms. */
const BATCH = 1500

/** Writes the hashes. ARGV: when they expire, the number of fields that all share, these; then key, user and secret of each. */
const HASHES = `
local shared = {}
for a = 3, 2 + ARGV[2] do shared[#shared + 1] = ARGV[a] end
for a = 3 + ARGV[2], #ARGV, 3 do
  redis.call('HSET', ARGV[a], 'user_id', ARGV[a + 1], '$secret', ARGV[a + 2], unpack(shared))
  redis.call('PEXPIREAT', ARGV[a], ARGV[1])
end`

/** Writes the sets. ARGV: when they expire; then key and id of each. */
const SETS = `
for a = 2, #ARGV, 2 do
  redis.call('SADD', ARGV[a], ARGV[a + 1])
  redis.call('PEXPIREAT', ARGV[a], ARGV[1])
end`

/**
 * Adds sessions to a cluster, one a user, far faster than sign-ins: copies of one that the library created, with ids,
 * users and secrets of their own. The scripts go to each node by itself and name no keys, as Redis would refuse those
 * of several slots. Resolves to some of the ids; throws where a copy does not take the memory of its original.
 */
export async function fill({ cluster, Session, original, from, count, until }) {
  const at = await nodesBySlot(cluster)
  const hash = Session.store.getSessionKey(original.id)
  const set = Session.getReferenceKey('user_id', original.user)
  const [fields, ends, setEnds] = await Promise.all([
    at(hash).client.hgetall(hash),
    at(hash).client.pexpiretime(hash),
    at(set).client.pexpiretime(set),
  ])
  const { user_id: _, $secret: secret, ...others } = fields
  const shared = Object.entries(others).flat()
  const sample = []
  for (let done = 0; done < count; done += BATCH) {
    if (performance.now() > until) throw new Error(`Out of time after ${done} sessions`)
    const hashes = new Map(cluster.primaries.map((node) => [node, []]))
    const sets = new Map(cluster.primaries.map((node) => [node, []]))
    for (let i = done; i < Math.min(count, done + BATCH); i++) {
      const id = randomBytes(15).toString('base64url')
      const user = userNumber(from + i)
      const keys = [Session.store.getSessionKey(id), Session.getReferenceKey('user_id', user)]
      const own = randomBytes(secret.length).toString('base64url').slice(0, secret.length)
      hashes.get(at(keys[0])).push(keys[0], user, own)
      sets.get(at(keys[1])).push(keys[1], id)
      if (i % Math.ceil(count / 10_000) === 0) sample.push({ id, user })
    }
    await Promise.all(
      cluster.primaries.map(async (node) => {
        await node.client.eval(HASHES, 0, ends, shared.length, ...shared, ...hashes.get(node))
        await node.client.eval(SETS, 0, setEnds, ...sets.get(node))
      }),
    )
  }
  const { id, user } = sample[0]
  const copies = [Session.store.getSessionKey(id), Session.getReferenceKey('user_id', user)]
  for (const [i, key] of [hash, set].entries()) {
    const usage = (one) => at(one).client.memory('USAGE', one)
    const [bytes, copied] = await Promise.all([usage(key), usage(copies[i])])
    if (bytes !== copied) throw new Error(`A copy takes ${copied} bytes, not ${bytes}`)
  }
  return sample
}

/** Finds the node of a key. */
async function nodesBySlot({ primaries }) {
  const ranges = await primaries[0].client.cluster('SLOTS')
  const nodes = []
  for (const [first, last, [, port]] of ranges) {
    const primary = primaries.find(({ node }) => node.port === port)
    for (let slot = first; slot <= last; slot++) nodes[slot] = primary
  }
  return (key) => nodes[calculateSlot(key)]
}
