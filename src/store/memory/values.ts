import { SessionError } from '../../errors.js'
import { type Changes, emptyValues } from '../store.js'

/** The fields of a session: all, or those named. */
export function pick(
  values: ReadonlyMap<string, string>,
  fields?: readonly string[],
): Record<string, string> {
  const entries = [...values].filter(([name]) => fields?.includes(name) ?? true)
  return Object.assign(emptyValues(), Object.fromEntries(entries))
}

/** Changes all fields or none. Returns the value of an incremented one. */
export function changeValues(
  values: Map<string, string>,
  { set, unset, increment }: Changes,
): string | undefined {
  const sum = increment && addWhole(values.get(increment.name), increment)
  if (increment !== undefined && sum !== undefined) values.set(increment.name, sum)
  for (const [name, text] of set ?? []) values.set(name, text)
  for (const name of unset ?? []) values.delete(name)
  return sum
}

const WHOLE = /^(0|-?[1-9]\d{0,18})$/

function addWhole(text = '0', { name, by }: { name: string; by: string }): string {
  const sum = WHOLE.test(text) ? BigInt(text) + BigInt(by) : undefined
  if (sum !== undefined && sum === BigInt.asIntN(64, sum)) return String(sum)
  throw new SessionError(
    'ERR_SESSION_FIELD',
    `the field "${name}" does not hold a whole number of 64 bits`,
  )
}
