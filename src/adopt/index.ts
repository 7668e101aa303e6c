/**
 * Keeps users signed in when an application moves here from another session library.
 *
 * @module koa-redis-session-sets/adopt
 */
export type { AdoptOptions, OldValues } from './old-session.js'
export { type ExpressSessionOptions, fromExpressSession } from './express-session.js'
export { fromKoaGenericSession, type KoaGenericSessionOptions } from './koa-generic-session.js'
export { fromKoaSession, type KoaSessionOptions } from './koa-session.js'
export { fromVersion3, type Version3Options } from './version-3.js'
