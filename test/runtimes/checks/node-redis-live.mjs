import { nodeRedis } from '../lib/clients.mjs'
import { watch } from '../lib/journey.mjs'
import { startSite } from '../lib/site.mjs'

const client = await nodeRedis()
const site = await startSite({ client })
await watch(site)
await site.stop()
await client.close()
