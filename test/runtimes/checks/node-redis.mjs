import { nodeRedis } from '../lib/clients.mjs'
import { travel } from '../lib/journey.mjs'
import { startSite } from '../lib/site.mjs'

const client = await nodeRedis()
const site = await startSite({ client })
await travel(site)
await site.stop()
await client.close()
