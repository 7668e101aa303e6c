// Where Redis does not answer, a visitor gets 503, and nobody is taken for signed out.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { startSite } from '../lib/site.mjs'

const silent = createServer(() => {}).listen(0, '127.0.0.1')
await once(silent, 'listening')
const client = new Redis(silent.address().port, '127.0.0.1')
client.on('error', () => {})
const site = await startSite({ client, timeout: 200 })
assert.equal(await site.visitor().post('/sign-in/ada'), 503)
client.disconnect()
silent.close()
await site.stop()
