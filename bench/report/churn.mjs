import { GROUPS } from '../churn/measure.mjs'
import { table } from './table.mjs'

/** Approximate number of rows. */
const LINES = 15

export function churnTable(samples) {
  const step = Math.ceil(samples.length / LINES)
  const shown = samples.filter((_, i) => i % step === step - 1)
  const rows = shown.map(({ time, groups, keys }) => [
    `${time.toFixed(1)} s`,
    {
      ...Object.fromEntries(
        Object.entries(groups).map(([name, { ids, living, ratio }]) => [
          GROUPS[name].title,
          `${ids} / ${living} = ${ratio.toFixed(2)}`,
        ]),
      ),
      'keys in Redis': String(keys),
    },
  ])
  return table('ids in sets / living', Object.fromEntries(rows))
}
