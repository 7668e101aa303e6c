/** Cost of decoding: reads five fields declared, as strings, and as strings decoded by hand. */
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
  const strings = sessions(new Koa(), { client }).store
  const id = typed.createSessionId()
  await typed.set(id, VALUES)

  const reads = {
    strings: () => strings.get(id),
    byHand: async () => {
      const { user_id, name, seen, admin, cart } = await strings.get(id)
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
  // Alternating, so that all run under the same conditions.
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
    `a read of five fields: ${short(plain)} µs as strings, ${short(byHand)} µs decoded by hand`,
  )
  console.log(
    `${short(decoded)} µs decoded: ${more(byHand)} than by hand, ${more(plain)} than as strings`,
  )
  const result = { conditions: await conditions(redis.client), plain, byHand, decoded }
  await save('codecs', { out: process.env.OUT, result })
} finally {
  client.disconnect()
  await redis.stop()
}
