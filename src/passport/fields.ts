/**
 * Where passport's session is kept. Each of its keys has a field of its own: two requests that write different keys of
 * one JSON field would lose one of them.
 */
import { fieldError } from '../errors.js'
import { field } from '../index.js'
import type { NumberField, StringField } from '../fields/kinds.js'

/** Holds what is `req.session.passport`. */
export const LOGIN = 'passport'
/** Counts the starts of strategies; each takes the place of the one `STARTS` before it. */
export const COUNTER = 'passport#'
const STARTS = 8

type StartName = `passport#${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7}`
type Kept = 'messages' | 'returnTo'

/** What `passportFields()` returns. */
export type PassportFields<Key extends string = never> = {
  readonly [Name in typeof LOGIN | StartName | `passport:${Kept | Key}`]: StringField
} & { readonly [Name in typeof COUNTER]: NumberField }

/**
 * The fields that passport needs, for applications that declare theirs.
 *
 * @example
 * fields: { user_id: field.number(), ...passportFields() }
 * @param keys - further keys of `req.session`, such as connect-flash's `'flash'`. Strategies that redirect to a provider
 * need none
 */
export function passportFields<Key extends string = never>(
  ...keys: readonly Key[]
): PassportFields<Key> {
  const names = [LOGIN, ...['messages', 'returnTo', ...keys].map(fieldOf)]
  for (let slot = 0; slot < STARTS; slot++) names.push(startField(slot))
  const texts = names.map((name) => [name, field.string()])
  return Object.fromEntries([...texts, [COUNTER, field.number()]]) as PassportFields<Key>
}

export function fieldOf(key: string): string {
  return `passport:${key}`
}

/** The field for the start of this number. */
export function startField(number: number): string {
  return `passport#${number % STARTS}`
}

/** One value of one key of passport's session, as a field holds it. */
export interface Entry {
  readonly key: string
  readonly field: string
  /** The value's JSON. */
  readonly text: string
  /** The start's number; 0 for what is no start. */
  readonly number: number
}

/**
 * The value of each key. A key that several tabs have started with has several: the one that holds the `state` of this
 * request counts, and otherwise the newest.
 *
 * @param values - all fields of the session
 */
export function readEntries(
  values: Readonly<Record<string, unknown>>,
  state: unknown,
): Map<string, Entry> {
  const entries = new Map<string, Entry>()
  const quoted = typeof state === 'string' && state !== '' ? JSON.stringify(state) : undefined
  const rank = ({ text, number }: Entry): number =>
    quoted !== undefined && text.includes(quoted) ? Infinity : number
  for (const [name, stored] of Object.entries(values)) {
    const entry = toEntry(name, stored)
    if (entry === undefined) continue
    const other = entries.get(entry.key)
    if (other === undefined || rank(other) < rank(entry)) entries.set(entry.key, entry)
  }
  return entries
}

function toEntry(name: string, stored: unknown): Entry | undefined {
  if (name.startsWith('passport:')) {
    parse(name, stored)
    return { key: name.slice('passport:'.length), field: name, text: String(stored), number: 0 }
  }
  if (!name.startsWith(COUNTER) || name === COUNTER) return undefined
  const { key, value, number } = parse(name, stored) as Start
  return { key, field: name, text: JSON.stringify(value), number }
}

interface Start {
  readonly key: string
  readonly value: unknown
  readonly number: number
}

export function startText(number: number, key: string, value: unknown): string {
  return JSON.stringify({ number, key, value } satisfies Start)
}

/** What is no JSON is the application's own field of that name. */
export function parse(name: string, stored: unknown): unknown {
  try {
    return JSON.parse(stored as string)
  } catch {
    throw fieldError(`the field "${name}" is passport's, and holds something else`)
  }
}

/** As stores of express-session keep it: `undefined` where JSON has nothing for the value. */
export function toText(key: string, value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    throw fieldError(`passport's session cannot keep "${key}": JSON cannot hold it`, { cause })
  }
}
