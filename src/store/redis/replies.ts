import { emptyValues, type StoredSession } from '../store.js'

/** A script's reply: what became of it, and what it tells beside. */
export type Reply = readonly [status: string, ...rest: unknown[]]

/** The pairs in a flat list, as RESP2 and scripts send a hash. */
export function flatEntries(flat: readonly string[]): [string, string][] {
  const entries: [string, string][] = []
  for (let i = 0; i + 1 < flat.length; i += 2) entries.push([flat[i] ?? '', flat[i + 1] ?? ''])
  return entries
}

/** The fields in a reply to HGETALL: a flat list in RESP2 and from scripts, an object in RESP3. */
export function toHash(reply: unknown): Readonly<Record<string, string>> {
  return Array.isArray(reply)
    ? Object.fromEntries(flatEntries(reply as string[]))
    : (reply as Record<string, string>)
}

/**
 * A session from its hash, without the library's own fields. Each session has `$created`, so where
 * that is missing there is no session.
 */
export function toStored(hash: Readonly<Record<string, string>>): StoredSession | undefined {
  if (hash['$created'] === undefined) return undefined
  const values = emptyValues()
  for (const name of Object.keys(hash)) {
    if (!name.startsWith('$')) values[name] = hash[name] as string
  }
  return { values, secretHash: hash['$secret'] }
}

/** A session from a reply to HMGET of `$created`, `$secret`, and these fields. */
export function toStoredFields(
  names: readonly string[],
  [created, secretHash, ...texts]: readonly (string | null)[],
): StoredSession | undefined {
  if (created === null) return undefined
  const values = emptyValues()
  for (const [i, name] of names.entries()) {
    const text = texts[i]
    if (typeof text === 'string') values[name] = text
  }
  return { values, secretHash: secretHash ?? undefined }
}
