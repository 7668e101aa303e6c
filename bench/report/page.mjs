import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { short } from '../lib/statistics.mjs'
import { churnTable } from './churn.mjs'
import { memoryTable, timeTable, walkTable } from './scale.mjs'
import { tablesOf } from './table.mjs'

/** What stands in docs/performance.md between `<!-- NAME -->` and `<!-- end -->`, by the newest results. */
const BLOCKS = {
  routes: ({ routes }) => pick(routes, ['ratio', 'cpu', 'latency']),
  trips: ({ routes }) => pick(routes, ['trips']),
  cluster: ({ cluster }) => pick(cluster, ['ratio', 'trips']),
  memory: ({ scale }) => memoryTable(scale.memory),
  times: ({ scale }) => timeTable(scale.times),
  walks: ({ scale }) => walkTable(scale.walks),
  churn: ({ churn }) => churnTable(churn.samples),
  'churn-cluster': (results) => churnTable(results['churn-cluster'].samples),
  codecs: ({ codecs: { plain, byHand, decoded } }) =>
    `A read of five fields took ${short(plain)} µs as texts, ${short(byHand)} µs as texts that the ` +
    `application turned into values itself, and ${short(decoded)} µs as declared fields.`,
  conditions: ({ routes, cluster, scale, churn, codecs }) =>
    [
      ['The four routes', routes],
      ['On a cluster', cluster],
      ['Many sessions', scale],
      ['Steady logins', churn],
      ['Declared fields', codecs],
    ]
      .map(([what, { conditions }]) => `- ${what}: ${described(conditions)}`)
      .join('\n'),
}
const NAMES = ['routes', 'cluster', 'scale', 'churn', 'churn-cluster', 'codecs']

/** The page with the tables of the newest results in it. */
export async function fillPage(page) {
  const results = Object.fromEntries(await Promise.all(NAMES.map(read)))
  return page.replaceAll(
    /<!-- ([\w-]+) -->\n\n[\s\S]*?<!-- end -->/g,
    (_, name) => `<!-- ${name} -->\n\n${BLOCKS[name](results)}\n\n<!-- end -->`,
  )
}

async function read(name) {
  const file = fileURLToPath(new URL(`../results/${name}.json`, import.meta.url))
  return [name, JSON.parse(await readFile(file, 'utf8'))]
}

function pick(result, names) {
  const tables = tablesOf(result)
  return names.map((name) => tables[name]).join('\n\n')
}

function described({ date, cpu, cores, memory, node, server, packages }) {
  const gigabytes = Math.round(memory / 2 ** 30)
  const versions = ['ioredis', 'koa'].map((name) => `${name} ${packages[name]}`)
  return `${date}, ${cpu}, ${cores} cores, ${gigabytes} GiB, Node.js ${node.slice(1)}, ${server}, ${versions.join(', ')}`
}
