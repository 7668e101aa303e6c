import type { FieldValues } from '../../src/index.js'
import { FieldSet } from '../../src/fields/field-set.js'
import type { Owner, Store, StorePolicy, Update } from '../../src/store/store.js'
import { createId, createToken } from '../../src/store/token.js'

export const HOUR = 3_600_000

/** Any fields, as texts. */
export const encodeValues = (values: FieldValues) =>
  new FieldSet({ declared: undefined, references: [], onUndecodable: 'absent' }).encodeValues(
    values,
  )

export const POLICY: StorePolicy = {
  maxAge: HOUR,
  emptyMaxAge: HOUR / 2,
  absoluteMaxAge: undefined,
  references: new Map([
    ['user_id', { rotate: true }],
    ['org_id', { rotate: true }],
    ['ip', { rotate: false }],
  ]),
}

/** Opens a store; the same prefix gives the same sessions. */
export type Open = (policy: StorePolicy, prefix: string) => Store | Promise<Store>

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

export async function foundIds(store: Store, field: string, value: string): Promise<string[]> {
  return (await collect(store.find(field, value))).map(({ id }) => id).toSorted()
}

/** A new session with these values, and what its owner holds. */
export async function login(store: Store, values: FieldValues = {}, maxAge?: number) {
  const { id, secretHash } = createToken(24)
  const lifetime = await store.create(id, secretHash, { ...encodeValues(values), maxAge })
  return { id, secretHash, lifetime }
}

/**
 * Makes many calls, by the hundred: each call's timeout begins when it is made, and a busy machine serves no thousand
 * at once.
 */
export async function byTheHundred<T>(count: number, call: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  while (results.length < count) {
    const next = Math.min(100, count - results.length)
    results.push(...(await Promise.all(Array.from({ length: next }, call))))
  }
  return results
}

export function loginMany(store: Store, count: number, values: FieldValues) {
  return byTheHundred(count, () => login(store, values))
}

export function set(values: FieldValues, rest: Omit<Update, 'set' | 'unset'> = {}): Update {
  return { ...encodeValues(values), ...rest }
}

/** A renewal to a new secret. */
export const renewal = (when: 'changed' | 'always') => ({
  secretHash: createToken(24).secretHash,
  when,
})

/** For how many ms at most a session is idle that was written after `start`: servers round to the ms. */
export const elapsedSince = (start: number): number => performance.now() - start + 2

export const freshPrefix = (): string => `contract-${createId()}`

/** The owner of a session, in a request that has just begun. */
export function owner(secretHash: string): Owner {
  return { secretHash, requestStartedAt: performance.now() }
}
