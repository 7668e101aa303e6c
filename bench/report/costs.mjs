import { short } from '../lib/statistics.mjs'
import { table } from './table.mjs'

export function costTable({ one, cluster }) {
  const rows = {}
  for (const [where, { costs }] of [
    ['one Redis', one],
    ['a cluster', cluster],
  ]) {
    for (const [name, cost] of Object.entries(costs)) {
      rows[`${name}, ${where}`] = {
        commands: cost.commands.toFixed(2),
        'Redis µs': short(cost.redis),
        'process µs': short(cost.process),
        'bytes to Redis': short(cost.in),
        'bytes from Redis': short(cost.out),
        'bytes to a replica': short(cost.replication),
      }
    }
  }
  const streams = [one, cluster].map(
    ({ stream }) =>
      `${short(stream.redis)} bytes of Redis and ${short(stream.process)} of the process`,
  )
  return `${table('one call', rows)}\n\nAn open stream takes ${streams[0]}; on a cluster ${streams[1]}.`
}
