/** The ratios of the newest measurement, for the landing page: see bench/report/page.mjs. */
import { readFileSync } from 'node:fs'

const RESULTS = new URL('../../bench/results/routes.json', import.meta.url)
const SERVERS = {
  ours: 'koa-redis-session-sets',
  'koa-session': 'koa-session',
  'express-session': 'express-session',
}

export default {
  watch: [RESULTS.pathname],
  load() {
    const { routes } = JSON.parse(readFileSync(RESULTS, 'utf8'))
    return Object.entries(SERVERS).map(([server, name]) => ({
      name,
      ratios: ['read', 'write', 'login'].map((route) => routes[route][server].ratio.toFixed(2)),
    }))
  },
}
