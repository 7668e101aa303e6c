/**
 * Sessions for koa-passport.
 *
 * @module koa-redis-session-sets/passport
 */
export { type PassportFields, passportFields } from './fields.js'
export { type PassportOptions, passportSession } from './middleware.js'
export type { PassportSession } from './passport-session.js'
