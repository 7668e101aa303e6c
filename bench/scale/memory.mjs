import { LAYOUTS } from './layouts.mjs'

const SAMPLES = 200

/** Bytes of Redis memory per session: `{ layout: { key, set, all, later } }`, with what the fields take that version 3 had not. */
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
    const later = layout === 'ours' ? await measureLater(client, sample) : undefined
    result[layout] = { key, set, all, later }
  }
  await client.flushall()
  return result
}

/**
 * Bytes that a hash takes less without each of the library's own fields, and without all of them: `{ fields, together }`,
 * and `signedIn`, more with the field that only `signIn` writes.
 * They do not add up, as Redis rounds what it allocates. Version 3 had a secret of its own, so that is none of them.
 */
async function measureLater(client, sample) {
  const keys = sample.map((person) => person.keys[0])
  const names = (await client.hkeys(keys[0])).filter((name) => /^\$(?!secret$)/.test(name))
  const saved = async (change) => {
    const bytes = await Promise.all(
      keys.map(async (key) => {
        const copy = `copy:${key}`
        await client.copy(key, copy, 'REPLACE')
        const before = await client.memory('USAGE', copy)
        await change(copy)
        const after = await client.memory('USAGE', copy)
        await client.del(copy)
        return before - after
      }),
    )
    return bytes.reduce((sum, one) => sum + one, 0) / bytes.length
  }
  const fields = {}
  for (const name of names) fields[name] = await saved((key) => client.hdel(key, name))
  return {
    fields,
    together: await saved((key) => client.hdel(key, ...names)),
    signedIn: -(await saved((key) => client.hset(key, '$signedIn', Date.now()))),
  }
}

export async function usedMemory(client) {
  const [, bytes] = /^used_memory:(\d+)/m.exec(await client.info('memory'))
  return Number(bytes)
}

async function meanUsage(client, keys) {
  const bytes = await Promise.all(keys.map((key) => client.memory('USAGE', key, 'SAMPLES', 0)))
  return bytes.reduce((sum, one) => sum + one, 0) / bytes.length
}
