/**
 * The operator's pages: find the sessions of a user, and end them.
 *
 * @module koa-redis-session-sets/admin
 */
export { admin } from './middleware.js'
export type { HistoryEntry, HistoryQuery } from './history.js'
export type { AdminOptions } from './options.js'
