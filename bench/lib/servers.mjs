/** All servers, in the order of a round; the floor comes first, as all others are held against it. */
export const SERVERS = [
  'floor',
  'ours',
  'koa-session',
  'koa-generic-session',
  'express-session',
  'fastify-session',
]

/** Those that the root's own dependencies suffice for, and that can use a cluster. */
export const OWN = ['floor', 'ours']

export const ROUTES = ['none', 'read', 'write', 'login']

/** What ours shall reach at least, as a part of the floor's requests per second. */
export const GOALS = { none: 0.98, read: 0.93, write: 1, login: 0.9 }
