/** The operator's page: `koa-redis-session-sets/admin`. */
export { admin } from './admin.js'
export type { AdminOptions } from './options.js'
