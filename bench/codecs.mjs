/** What decoding costs: a read of five declared fields beside one of the same five as texts. */
import { Redis } from 'ioredis'
import Koa from 'koa'
import { field, sessions } from '../dist/entry/import.mjs'
import { median, short } from './lib/statistics.mjs'
import { start } from './redis/start.mjs'

const READS = 2000
const ROUNDS = Number(process.env.ROUNDS ?? 31)
const FIELDS = {
  user_id: field.number(),
  name: field.string(),
  seen: field.date(),
  admin: field.boolean(),
  cart: field.json(),
}
const VALUES = { user_id: 7, name: 'x', seen: new Date(), admin: true, cart: [{ sku: 'a', n: 1 }] }

const redis = await start()
const client = new Redis(redis.config.nodes[0])
try {
  const typed = sessions(new Koa(), { client, fields: FIELDS }).store
  const texts = sessions(new Koa(), { client }).store
  const id = typed.createSessionId()
  await typed.set(id, VALUES)

  const time = async (store) => {
    const begun = performance.now()
    for (let i = 0; i < READS; i++) await store.get(id)
    return ((performance.now() - begun) * 1000) / READS
  }
  await time(typed)
  await time(texts)
  const rounds = []
  // In turns, so that both meet the same machine.
  for (let i = 0; i < ROUNDS; i++)
    rounds.push({ texts: await time(texts), typed: await time(typed) })
  const ratio = median(rounds.map((round) => round.typed / round.texts))
  console.log(`a read of five fields: ${short(median(rounds.map((r) => r.texts)))} µs as texts,`)
  console.log(
    `${short(median(rounds.map((r) => r.typed)))} µs decoded: ${short((ratio - 1) * 100)} % more`,
  )
} finally {
  client.disconnect()
  await redis.stop()
}
