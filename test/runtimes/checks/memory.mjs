import { MemoryStore } from 'koa-redis-session-sets'
import { travel, watch } from '../lib/journey.mjs'
import { startSite } from '../lib/site.mjs'

const site = await startSite({ store: new MemoryStore() })
await travel(site)
await watch(site)
await site.stop()
