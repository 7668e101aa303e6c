import { short } from '../lib/statistics.mjs'
import { table } from './table.mjs'

const number = (value) => value.toLocaleString('en')

export function memoryTable(rows) {
  return table(
    'bytes/session: key + set share (all of Redis)',
    Object.fromEntries(
      rows.map(({ total, each, layouts }) => [
        `${number(total)} sessions, ${number(each)} a user`,
        Object.fromEntries(
          Object.entries(layouts).flatMap(([name, { key, set, all, later }]) => {
            const cell = (less) =>
              `${Math.round(key - less)} + ${Math.round(set)} (${Math.round(all - less)})`
            const cells = [[name, cell(0)]]
            if (later !== undefined)
              cells.push([`${name}, fields of version 3`, cell(later.together)])
            return cells
          }),
        ),
      ]),
    ),
  )
}

/** Each goal of scale.mjs, beside what the largest run that it holds for has measured. */
export function goalTable(goals, { memory, times, walks }) {
  const rows = {}
  const row = (name, goal, measured) => {
    rows[name] = { goal, measured }
  }
  const single = memory.findLast(({ each }) => each === 1)?.layouts.ours
  if (single !== undefined) {
    const { all, later } = single
    // Each alone: together they take less, or more.
    const each = Object.entries(later.fields).map(([name, bytes]) => `${name} ${Math.round(bytes)}`)
    row(
      `bytes without ${each.join(', ')}`,
      `≤ ${goals.bytes}`,
      `${Math.round(all)} − ${Math.round(later.together)} = ${Math.round(all - later.together)}`,
    )
    row('bytes more where signIn was called, for $signedIn', '', String(Math.round(later.signedIn)))
  }
  const crowd = times.at(-1)
  if (crowd !== undefined) {
    row(`raw/revokeAll, ${number(crowd.each)} a user`, `≥ ${goals.revokeAll}`, short(crowd.ratio))
  }
  const walk = walks.findLast(({ total }) => total <= 100_000)
  if (walk !== undefined) {
    const { walks: all } = walk
    row(
      `find µs/session, ${number(walk.total)} of one user`,
      `≤ ${goals.find}`,
      short(all.find.time),
    )
    const longest = Object.values(all).map((it) => it.longest?.duration ?? 0)
    row('longest command, ms', `≤ ${goals.command / 1000}`, short(Math.max(...longest) / 1000))
  }
  return table('goals', rows)
}

export function timeTable(rows) {
  return table(
    'µs/session',
    Object.fromEntries(
      rows.map(({ sessions, each, find, count, revokeAll, raw, ratio, rssGrowth }) => [
        `${number(sessions)} sessions, ${number(each)} a user`,
        {
          find: short(find),
          count: short(count),
          revokeAll: short(revokeAll),
          'raw delete': short(raw),
          'raw/revokeAll': short(ratio),
          'process grew by': `${Math.round(rssGrowth / 2 ** 20)} MB`,
        },
      ]),
    ),
  )
}

export function walkTable(rows) {
  return table(
    'one user with all sessions',
    Object.fromEntries(
      rows.flatMap(({ total, walks }) =>
        Object.entries(walks).map(([name, { time, memory, slow, longest }]) => [
          `${name}, ${number(total)} sessions`,
          {
            'µs/session': short(time),
            'process MB: start, each quarter': memory
              .map((it) => Math.round(it / 2 ** 20))
              .join(', '),
            'over 5 ms in SLOWLOG': String(slow.length),
            'longest command': longest && `${longest.command} ${short(longest.duration / 1000)} ms`,
          },
        ]),
      ),
    ),
  )
}
