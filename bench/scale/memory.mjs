import { LAYOUTS } from './layouts.mjs'

const SAMPLES = 200

/** Bytes of Redis memory per session: `{ layout: { key, set, all } }`. */
export async function measureMemory(client, total, each) {
  const users = total / each
  const result = {}
  for (const [layout, { create, sets }] of Object.entries(LAYOUTS)) {
    await create(client, 1, 1) // One-time costs, such as loading a script.
    await client.flushall()
    const before = await usedMemory(client)
    const people = await create(client, users, each)
    const all = ((await usedMemory(client)) - before) / total
    const sample = people.slice(0, SAMPLES)
    const key = await meanUsage(
      client,
      sample.map(({ keys }) => keys[0]),
    )
    const set = sets
      ? (await meanUsage(
          client,
          sample.map((person) => person.set),
        )) / each
      : 0
    result[layout] = { key, set, all }
  }
  await client.flushall()
  return result
}

export async function usedMemory(client) {
  const [, bytes] = /^used_memory:(\d+)/m.exec(await client.info('memory'))
  return Number(bytes)
}

async function meanUsage(client, keys) {
  const bytes = await Promise.all(keys.map((key) => client.memory('USAGE', key, 'SAMPLES', 0)))
  return bytes.reduce((sum, one) => sum + one, 0) / bytes.length
}
