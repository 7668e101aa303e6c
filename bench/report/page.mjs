import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { short } from '../lib/statistics.mjs'
import { GROUPS } from '../churn/measure.mjs'
import { churnTable } from './churn.mjs'
import { costTable } from './costs.mjs'
import { largeTable } from './large.mjs'
import { memoryTable, timeTable, walkTable } from './scale.mjs'
import { tablesOf } from './table.mjs'

/** The blocks of docs/performance.md and docs/guide/scaling.md between `<!-- NAME -->` and `<!-- end -->`. */
const BLOCKS = {
  routes: ({ routes }) => pick(routes, ['ratio', 'cpu', 'latency', 'openLoop']),
  trips: ({ routes }) => pick(routes, ['trips']),
  cluster: ({ cluster }) => pick(cluster, ['ratio', 'trips']),
  // The page has what shows the range; all rows are in bench/results.
  memory: ({ scale }) => memoryTable(scale.memory.filter(({ total }) => total >= 100_000)),
  times: ({ scale }) => timeTable(scale.times.filter(({ sessions }) => sessions >= 100_000)),
  walks: ({ scale }) => walkTable(scale.walks.slice(-1)),
  churn: ({ churn }) => churnSummary(churn.samples),
  'churn-cluster': (results) => churnSummary(results['churn-cluster'].samples),
  codecs: ({ codecs: { plain, byHand, decoded } }) =>
    `A read of five fields took ${short(plain)} µs as strings, ${short(byHand)} µs as strings that the ` +
    `application turned into values itself, and ${short(decoded)} µs as declared fields.`,
  costs: ({ costs }) => costTable(costs),
  'ten-million': (results) => largeTable(results['ten-million']),
  conditions({ routes, cluster, scale, churn, codecs }) {
    const of = new Map()
    for (const [what, { conditions }] of [
      ['the routes', routes],
      ['on a cluster', cluster],
      ['many sessions', scale],
      ['steady logins', churn],
      ['declared fields', codecs],
    ]) {
      const machine = described(conditions)
      of.set(machine, [...(of.get(machine) ?? []), what])
    }
    return Array.from(of, ([machine, what]) => `- ${machine}: ${what.join('; ')}`).join('\n')
  },
}
const NAMES = [
  'routes',
  'cluster',
  'scale',
  'churn',
  'churn-cluster',
  'codecs',
  'costs',
  'ten-million',
]

/** Fills a page's blocks with the newest results. */
export async function fillPage(page) {
  const results = Object.fromEntries(await Promise.all(NAMES.map(read)))
  return page.replaceAll(
    /<!-- ([\w-]+) -->\n\n[\s\S]*?<!-- end -->/g,
    (_, name) => `<!-- ${name} -->\n\n${BLOCKS[name](results)}\n\n<!-- end -->`,
  )
}

/** Five samples over time, and the highest ratios of all. */
function churnSummary(samples) {
  const shown = samples.filter((_, i) => (i + 1) % Math.floor(samples.length / 5) === 0)
  const peaks = Object.entries(GROUPS).map(([name, { title }]) => {
    const ratios = samples.map(({ groups }) => groups[name].ratio)
    return `${Math.max(...ratios).toFixed(2)} (${title})`
  })
  return `${churnTable(shown)}\n\nHighest of ${samples.length} samples: ${peaks.join(', ')}.`
}

async function read(name) {
  const file = fileURLToPath(new URL(`../results/${name}.json`, import.meta.url))
  return [name, JSON.parse(await readFile(file, 'utf8'))]
}

function pick(result, names) {
  const tables = tablesOf(result)
  // Older results lack the newer tables.
  const present = names.filter((name) => tables[name] !== undefined)
  return present.map((name) => tables[name]).join('\n\n')
}

function described({ date, cpu, cores, memory, node, server, packages }) {
  const gigabytes = Math.round(memory / 2 ** 30)
  const versions = ['ioredis', 'koa'].map((name) => `${name} ${packages[name]}`)
  return `${date}, ${cpu}, ${cores} cores, ${gigabytes} GiB, Node.js ${node.slice(1)}, ${server}, ${versions.join(', ')}`
}
