/**
 * Sessions for Express, Fastify, Hono and `node:http`.
 *
 * @module koa-redis-session-sets/node
 */
export { type NodeOptions, type NodeSessions, sessions } from './sessions.js'
