import assert from 'node:assert/strict'
import { subscribe } from 'node:diagnostics_channel'
import { MemoryStore } from 'koa-redis-session-sets'
import { travel } from '../lib/journey.mjs'
import { startSite } from '../lib/site.mjs'

const seen = []
for (const name of ['started', 'signed-in', 'ended']) {
  subscribe(`koa-redis-session-sets:${name}`, ({ by }) => seen.push(by ? `${name} by ${by}` : name))
}
const site = await startSite({ store: new MemoryStore() })
await travel(site)
await site.stop()
assert.deepEqual(seen, [
  'started',
  'signed-in',
  'started',
  'signed-in',
  'ended by operator',
  'ended by owner',
])
