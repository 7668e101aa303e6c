/** All servers; others are compared with the floor. */
export const SERVERS = [
  'floor',
  'ours',
  'koa-session',
  'koa-generic-session',
  'express-session',
  'fastify-session',
]

/** Servers that need only the root's dependencies, and can use a cluster. */
export const OWN = ['floor', 'ours']

export const ROUTES = ['none', 'read', 'write', 'login', 'login25']

/** How many users sign in by `/login25`, and how many sessions each has before a run. */
export const OFTEN = { users: 100, sessions: 25 }

/** Whether a route makes a session, and takes no cookie. */
export const isLogin = (route) => route.startsWith('login')

/** Goals for ours, as a fraction of the floor's requests per second. */
export const GOALS = { none: 0.99, read: 0.97, write: 1, login: 0.95, login25: 0.9 }

/** Goal for ours on each route: the p99 in an open loop, as a multiple of the floor's. */
export const LATENCY_GOAL = 1.3
