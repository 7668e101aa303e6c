/** Sessions under any Node framework: `koa-redis-session-sets/node`. */
export { type NodeOptions, type NodeSessions, sessions } from './sessions.js'
