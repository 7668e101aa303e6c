import { short } from '../lib/statistics.mjs'
import { table } from './table.mjs'

const number = (value) => value.toLocaleString('en')

export function largeTable({ memory, slices, users, crowd, longest }) {
  const { small, large } = memory
  const both = (cell) => ({
    [`${number(small.sessions)} sessions`]: cell('small'),
    [`${number(large.sessions)} sessions`]: cell('large'),
  })
  const rows = {
    'bytes a session, all of Redis': both((side) => short(memory[side].bytes)),
    'sets a session': both((side) => (memory[side].sets / memory[side].sessions).toFixed(2)),
  }
  for (const [name, { p50, p99 }] of Object.entries(slices)) {
    rows[`${name}, ms: p50, p99`] = {
      ...both((side) => `${short(p50[side])}, ${short(p99[side])}`),
      'ratio (middle half)': [p50, p99]
        .map(({ ratio, from, to }) => `${ratio.toFixed(2)} (${from.toFixed(2)}–${to.toFixed(2)})`)
        .join(', '),
    }
  }
  for (const { each, ...sides } of [users, crowd]) {
    for (const name of ['find', 'count', 'revokeAll']) {
      rows[`${name}, a user with ${number(each)}, ms`] = {
        ...both((side) => short(sides[side][name])),
        'ratio (middle half)': short(sides.large[name] / sides.small[name]),
      }
    }
  }
  rows['longest command, ms'] = both((side) => short(longest[side] / 1000))
  return table('a cluster of six primaries', rows)
}
