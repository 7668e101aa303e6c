import { short } from '../lib/statistics.mjs'

/** Formats `{ row: { column: text } }` as Markdown. */
export function table(title, rows) {
  const names = Object.keys(rows)
  const columns = [...new Set(names.flatMap((name) => Object.keys(rows[name])))]
  const lines = [
    [title, ...columns],
    ...names.map((name) => [name].concat(columns.map((column) => rows[name][column] ?? ''))),
  ]
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)))
  const pad = (cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))
  const [head, ...body] = lines.map((cells) => `| ${cells.map(pad).join(' | ')} |`)
  const rules = widths.map((width, i) =>
    i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  )
  return [head, `| ${rules.join(' | ')} |`, ...body].join('\n')
}

/** Turns `{ route: { server: figures } }` into rows. */
export function rowsOf(results, cell) {
  const routes = Object.keys(results)
  const servers = Object.keys(results[routes[0]])
  return Object.fromEntries(
    servers.map((server) => [
      server,
      Object.fromEntries(routes.map((route) => [route, cell(results[route][server])])),
    ]),
  )
}

export function report(result) {
  return Object.values(tablesOf(result)).join('\n\n')
}

export function tablesOf({ routes, latency, roundTrips, goals, latencyGoal }) {
  const ratios = rowsOf(routes, ratioOf)
  if (goals !== undefined) {
    const shown = Object.keys(routes).map((route) => [route, goals[route].toFixed(2)])
    ratios['ours, at least'] = Object.fromEntries(shown)
  }
  const each = (title, cell) => table(title, rowsOf(routes, cell))
  const trips = (it) => `${it.trips} (${it.ms.toFixed(1)} ms)`
  return {
    ratio: table('ratio to the floor (middle half)', ratios),
    perSecond: each('requests/s', (it) => short(it.perSecond)),
    cpuRatio: each('floor’s CPU / own CPU', (it) => it.cpuRatio.toFixed(2)),
    cpu: each('CPU µs/request: app + Redis', (it) => `${short(it.cpu)} + ${short(it.redisCpu)}`),
    latency: each('latency ms: p50, p99', (it) => `${short(it.p50)}, ${short(it.p99)}`),
    busy: each('server at work', (it) => `${Math.round(it.busy * 100)} %`),
    ...(latency && { openLoop: openLoopTable(latency, latencyGoal) }),
    ...(roundTrips && {
      trips: table('round trips, 1 ms each (ms)', rowsOf(roundTrips, trips)),
    }),
  }
}

function openLoopTable(latency, goal) {
  const rows = rowsOf(latency, (it) => `${short(it.p50)}, ${short(it.p99)}`)
  const cells = (cell) =>
    Object.fromEntries(Object.entries(latency).map(([route, servers]) => [route, cell(servers)]))
  const rates = cells(({ floor }) => `${short(floor.rate)}/s`)
  const ratios = Object.keys(rows)
    .filter((server) => server !== 'floor')
    .map((server) => [
      `${server}: p99 / floor’s (middle half)`,
      cells(({ [server]: it }) => ratioOf(it)),
    ])
  return table('open loop, ms: p50, p99', {
    'requests come': rates,
    ...rows,
    ...Object.fromEntries(ratios),
    ...(goal !== undefined && { 'ours, at most': cells(() => goal.toFixed(2)) }),
  })
}

function ratioOf({ ratio, ratioFrom, ratioTo }) {
  return `${ratio.toFixed(2)} (${ratioFrom.toFixed(2)}–${ratioTo.toFixed(2)})`
}
