import {
  type Fields,
  type FieldValue,
  type FoundSession,
  type Session,
  SessionError,
  type SessionMiddleware,
} from '../index.js'
import { valueToString } from './format.js'

type MaybeFields = Fields | undefined
/** Any middleware from `sessions()`. Names and values from forms are checked at run time. */
export type AnySessionMiddleware = SessionMiddleware<MaybeFields>
export type AnySession = Session<MaybeFields>
/** Decoded by the application's codecs. */
export type Values = Readonly<Record<string, unknown>>
export type Found = Omit<FoundSession<MaybeFields>, 'values'> & { readonly values: Values }

const MAX_SHOWN = 25

export interface Search {
  readonly field: string
  /** As typed. */
  readonly text: string
  readonly value: FieldValue
  /** The field and text as a URL's query. (A hidden form field would change line breaks.) */
  readonly query: string
}

/** Its message is shown at the search form. */
export class InvalidSearchError extends Error {}

export interface SearchResult {
  /** The first sessions found, newest first; `undefined` if one does not decode. */
  readonly sessions: readonly Found[] | undefined
  readonly total: number
  /** Whether the operator's own session is among all of them. */
  readonly own: boolean
}

/** @throws {InvalidSearchError} if the query names no reference, or a value that it cannot have */
export function parseSearch(Session: AnySessionMiddleware, query: URLSearchParams): Search {
  const field = query.get('field') ?? ''
  const text = query.get('value') ?? ''
  if (!Session.references.includes(field)) {
    throw new InvalidSearchError('Sessions cannot be found by this. Choose one from the list.')
  }
  try {
    const value = Session.decodeReference(field, text)
    // A string may decode to a value that cannot be encoded.
    Session.getReferenceKey(field, value)
    return { field, text, value, query: new URLSearchParams({ field, value: text }).toString() }
  } catch (error) {
    if (!isFieldError(error)) throw error
    throw new InvalidSearchError('No session can have this value: the field does not take it.')
  }
}

export async function findSessions(
  Session: AnySessionMiddleware,
  own: AnySession,
  search: Search,
  fields: readonly string[] | undefined,
): Promise<SearchResult> {
  const { field, value } = search
  // By id: a large set may yield a session twice.
  const found = new Map<string, FoundSession<MaybeFields>>()
  try {
    for await (const session of Session.find(field, value)) {
      found.set(session.id, session)
      if (found.size > MAX_SHOWN) break
    }
  } catch (error) {
    // With `onUndecodable: 'throw'`. The sessions can still be ended.
    if (!isFieldError(error)) throw error
    return { sessions: undefined, ...(await countSessions(Session, own, search)) }
  }
  const sessions = [...found.values()]
    .slice(0, MAX_SHOWN)
    .toSorted((a, b) => (a.id < b.id ? 1 : -1))
    .map((session) => ({ ...session, values: pick(session.values, fields) }))
  if (found.size > MAX_SHOWN) return { sessions, ...(await countSessions(Session, own, search)) }
  return { sessions, total: found.size, own: own.id !== undefined && found.has(own.id) }
}

export async function countSessions(
  Session: AnySessionMiddleware,
  own: AnySession,
  { field, value }: Search,
): Promise<Pick<SearchResult, 'total' | 'own'>> {
  const ownValue = ((await own.peek([field])) as Values)[field]
  return {
    total: await Session.count(field, value),
    own: ownValue !== undefined && isSameValue(Session, field, ownValue, value),
  }
}

/** The fields to show of one session; `undefined` if there is none with this id. */
export async function readSession(
  Session: AnySessionMiddleware,
  id: string,
  fields?: readonly string[],
): Promise<Values | undefined> {
  const { id: live, ...values } = (await Session.store.get(id)) as Values
  return live === undefined ? undefined : pick(values, fields)
}

/** The searches that find the operator's own session. */
export async function searchesForOwn(
  Session: AnySessionMiddleware,
  own: AnySession,
): Promise<Search[]> {
  const values = (await own.peek(Session.references)) as Values
  return Session.references.flatMap((field) => {
    const value = values[field]
    if (value === undefined) return []
    try {
      const query = new URLSearchParams({ field, value: valueToString(value) })
      const search = parseSearch(Session, query)
      return isSameValue(Session, field, search.value, value) ? [search] : []
    } catch (error) {
      // Only its own codec can turn a custom field's value into a string.
      if (error instanceof InvalidSearchError) return []
      throw error
    }
  })
}

function pick(values: Values, fields: readonly string[] | undefined): Values {
  if (fields === undefined) return values
  const present = fields.filter((name) => values[name] !== undefined)
  return Object.fromEntries(present.map((name) => [name, values[name]]))
}

/** By the keys of their sets: the values may be objects. */
function isSameValue(
  Session: AnySessionMiddleware,
  field: string,
  one: unknown,
  other: unknown,
): boolean {
  const keyOf = (value: unknown): string => Session.getReferenceKey(field, value as FieldValue)
  return keyOf(one) === keyOf(other)
}

function isFieldError(error: unknown): boolean {
  return error instanceof SessionError && error.code === 'ERR_SESSION_FIELD'
}
