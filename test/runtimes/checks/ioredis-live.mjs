import { ioredis } from '../lib/clients.mjs'
import { watch } from '../lib/journey.mjs'
import { startSite } from '../lib/site.mjs'

const client = ioredis()
const site = await startSite({ client })
await watch(site)
await site.stop()
await client.quit()
