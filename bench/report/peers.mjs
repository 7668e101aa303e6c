import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
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
const VERSIONS = [
  'koa-session',
  'koa-generic-session',
  'koa-redis',
  'express-session',
  'connect-redis',
  '@fastify/session',
  'better-auth',
]

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

/** Fills the blocks of docs/comparison.md with the newest results. */
export async function fillComparison(page) {
  const file = fileURLToPath(new URL('../results/peers.json', import.meta.url))
  const { conditions, options, races, facts } = JSON.parse(await readFile(file, 'utf8'))
  const { date, node, server, packages } = conditions
  const blocks = {
    versions: VERSIONS.map((name) => `${name} ${packages[name]}`).join(', '),
    races: racesTable(races),
    costs: costTable(facts),
    outages: outageTable(facts),
    run:
      `Run on ${date} with Node.js ${node.slice(1)} and ${server}: ${options.schedules} schedules from seed ` +
      `${options.seed}; “no answer” is none within ${options.limit / 1000} s.`,
  }
  return page.replaceAll(
    /<!-- ([\w-]+) -->\n\n[\s\S]*?<!-- end -->/g,
    (_, name) => `<!-- ${name} -->\n\n${blocks[name]}\n\n<!-- end -->`,
  )
}

function rows(title, results, cells) {
  const named = Object.entries(results).map(([name, result]) => [
    TITLES[name] ?? name,
    cells(result),
  ])
  return table(title, Object.fromEntries(named))
}
