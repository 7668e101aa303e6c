import { table } from './table.mjs'

const TITLES = {
  'koa-generic-session': 'koa-generic-session, koa-redis',
  'express-session': 'express-session, connect-redis',
  'fastify-session': '@fastify/session, connect-redis',
}
const PROMISES = {
  lost: 'writes lost',
  back: 'back after sign-out',
  notEnded: 'alive after all were ended',
  underWay: 'sign-in under way let in',
  notFound: 'alive, not listed',
}
export function racesTable(races) {
  const cell = (counts) => (counts ? `${counts.broken} of ${counts.cases}` : '–')
  return rows('broken, of the cases that came up', races, ({ promises }) =>
    Object.fromEntries(
      Object.entries(PROMISES).map(([promise, title]) => [title, cell(promises[promise])]),
    ),
  )
}

export function costTable(facts) {
  return rows('with its defaults', facts, ({ unused, read, stranger, memory, installed }) => ({
    'commands: unused': `${unused.commands}`,
    'commands: read': `${read.commands}`,
    'commands: no cookie': `${stranger.commands}`,
    'cookie set by a read': read.cookie ? 'yes' : 'no',
    'Redis bytes/session': `${Math.round(memory)}`,
    'packages, JavaScript': `${installed.packages}, ${Math.round(installed.bytes / 1000)} kB`,
  }))
}

export function outageTable(facts) {
  const shown = { none: 'no answer' }
  const answers = (of, name) => `${shown[of[name]] ?? of[name]}`
  return rows('status', facts, ({ hanging, stopped }) => ({
    'hangs: unused': answers(hanging, 'unused'),
    'hangs: read': answers(hanging, 'read'),
    'hangs: sign-in': answers(hanging, 'signIn'),
    'stopped: unused': answers(stopped, 'unused'),
    'stopped: read': answers(stopped, 'read'),
    'stopped: sign-in': answers(stopped, 'signIn'),
  }))
}

function rows(title, results, cells) {
  const named = Object.entries(results).map(([name, result]) => [
    TITLES[name] ?? name,
    cells(result),
  ])
  return table(title, Object.fromEntries(named))
}
