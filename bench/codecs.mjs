/** What decoding costs: a read of five declared fields beside one of the same five as texts. */
import { Redis } from 'ioredis'
import Koa from 'koa'
import { field, sessions } from '../dist/entry/import.mjs'
import { median, short } from './lib/statistics.mjs'
import { start } from './redis/start.mjs'

const READS = 300
const ROUNDS = Number(process.env.ROUNDS ?? 400)
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
  const times = { texts: [], typed: [] }
  // In turns, so that both meet the same machine, and neither is always the second.
  for (let i = 0; i < ROUNDS; i++) {
    if (i % 2 === 0) times.texts.push(await time(texts))
    times.typed.push(await time(typed))
    if (i % 2 === 1) times.texts.push(await time(texts))
  }
  const [plain, decoded] = [median(times.texts), median(times.typed)]
  console.log(`a read of five fields: ${short(plain)} µs as texts,`)
  console.log(`${short(decoded)} µs decoded: ${short((decoded / plain - 1) * 100)} % more`)
} finally {
  client.disconnect()
  await redis.stop()
}
