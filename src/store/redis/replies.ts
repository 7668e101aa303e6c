import { emptyValues, type StoredSession } from '../store.js'

type Entries = readonly (readonly [name: string, text: string | null])[]

/** The pairs in a flat list, as RESP2 and scripts send a hash. */
export function flatEntries(flat: readonly string[]): [string, string][] {
  const entries: [string, string][] = []
  for (let i = 0; i + 1 < flat.length; i += 2) entries.push([flat[i] ?? '', flat[i + 1] ?? ''])
  return entries
}

/** The pairs in a reply to HGETALL: a flat list in RESP2, an object in RESP3. */
export function hashEntries(reply: unknown): [string, string][] {
  return Array.isArray(reply)
    ? flatEntries(reply as string[])
    : Object.entries(reply as Record<string, string>)
}

/**
 * A session from its hash's fields, without the library's own. Each session has `$created`, so
 * where that is missing there is no session.
 */
export function toStored(entries: Entries): StoredSession | undefined {
  const values = emptyValues()
  let secretHash: string | undefined
  let live = false
  for (const [name, text] of entries) {
    if (text === null) continue
    if (name === '$created') live = true
    else if (name === '$secret') secretHash = text
    else if (!name.startsWith('$')) values[name] = text
  }
  return live ? { values, secretHash } : undefined
}
