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
          Object.entries(layouts).map(([name, { key, set, all }]) => [
            name,
            `${Math.round(key)} + ${Math.round(set)} (${Math.round(all)})`,
          ]),
        ),
      ]),
    ),
  )
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
