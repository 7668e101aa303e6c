/**
 * What decoding costs: a read of five declared fields, beside one of the same five as texts, and one of texts
 * that the application turns into values itself.
 */
import { Redis } from 'ioredis'
import Koa from 'koa'
import { field, sessions } from '../dist/entry/import.mjs'
import { median, short } from './lib/statistics.mjs'
import { start } from './redis/start.mjs'
import { conditions, save } from './report/save.mjs'

const READS = 300
const ROUNDS = Number(process.env.ROUNDS ?? 300)
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

  const reads = {
    texts: () => texts.get(id),
    byHand: async () => {
      const { user_id, name, seen, admin, cart } = await texts.get(id)
      const value = {
        user_id: Number(user_id),
        name,
        seen: new Date(seen),
        admin: admin === 'true',
      }
      return { ...value, cart: JSON.parse(cart) }
    },
    decoded: () => typed.get(id),
  }
  const names = Object.keys(reads)
  const times = Object.fromEntries(names.map((name) => [name, []]))
  // In turns, so that all meet the same machine, and none always comes after the same one.
  for (let i = 0; i < ROUNDS; i++) {
    for (const name of i % 2 === 0 ? names : names.toReversed()) {
      const begun = performance.now()
      for (let n = 0; n < READS; n++) await reads[name]()
      times[name].push(((performance.now() - begun) * 1000) / READS)
    }
  }
  const [plain, byHand, decoded] = names.map((name) => median(times[name]))
  const more = (than) => `${short((decoded / than - 1) * 100)} % more`
  console.log(
    `a read of five fields: ${short(plain)} µs as texts, ${short(byHand)} µs turned by hand`,
  )
  console.log(
    `${short(decoded)} µs decoded: ${more(byHand)} than by hand, ${more(plain)} than as texts`,
  )
  const result = { conditions: await conditions(redis.client), plain, byHand, decoded }
  await save('codecs', { out: process.env.OUT, result })
} finally {
  client.disconnect()
  await redis.stop()
}
