import { SessionError, type FieldValue, type FoundSession, type Session } from '../index.js'
import type { Fields, SessionMiddleware } from '../index.js'
import { toText } from './values.js'

type MaybeFields = Fields | undefined
/** Any middleware of `sessions()`. What comes from a form is checked when it comes. */
export type AnySessions = SessionMiddleware<MaybeFields>
export type AnySession = Session<MaybeFields>
/** Of any kind: what the codecs of the application make. */
export type Values = Readonly<Record<string, unknown>>
export type Found = Omit<FoundSession<MaybeFields>, 'values'> & { readonly values: Values }

/** How many sessions a page shows. */
const SHOWN = 25

/** What the operator looks for. */
export interface Search {
  readonly field: string
  /** As it was typed. */
  readonly text: string
  readonly value: FieldValue
  /** The same in a URL, which holds any text unchanged: a hidden field would change its line breaks. */
  readonly query: string
}

/** A search that cannot be made: the message is for the operator, at the form. */
export class BadSearch extends Error {}

/** What was found. */
export interface Listing {
  /** The first of them, the newest first; `undefined` where they cannot be read. */
  readonly sessions: readonly Found[] | undefined
  readonly total: number
  /** Whether the operator's own session is among all of them. */
  readonly own: boolean
}

/** @throws BadSearch for what is no reference, or no value of it */
export function readSearch(Session: AnySessions, query: URLSearchParams): Search {
  const field = query.get('field') ?? ''
  const text = query.get('value') ?? ''
  if (!Session.references.includes(field)) {
    throw new BadSearch('Sessions cannot be found by this. Choose one of the list.')
  }
  try {
    const value = Session.decodeReference(field, text)
    // A text may decode to what cannot be kept: too many digits are an infinite number.
    Session.getReferenceKey(field, value)
    return { field, text, value, query: new URLSearchParams({ field, value: text }).toString() }
  } catch (error) {
    if (!isFieldError(error)) throw error
    throw new BadSearch('No session can have this value: it is not of the kind that is kept here.')
  }
}

/** The sessions with a value. Those of a large set are counted, and the first ones shown. */
export async function list(
  Session: AnySessions,
  own: AnySession,
  search: Search,
  fields: readonly string[] | undefined,
): Promise<Listing> {
  const { field, value } = search
  // By id: a large set may yield one twice.
  const found = new Map<string, FoundSession<MaybeFields>>()
  try {
    for await (const session of Session.find(field, value)) {
      found.set(session.id, session)
      if (found.size > SHOWN) break
    }
  } catch (error) {
    // With `onUndecodable: 'throw'` one field of one session is enough. They can be ended all the same.
    if (!isFieldError(error)) throw error
    return { sessions: undefined, ...(await count(Session, own, search)) }
  }
  const sessions = [...found.values()]
    .slice(0, SHOWN)
    .toSorted((a, b) => (a.id < b.id ? 1 : -1))
    .map((session) => ({ ...session, values: pick(session.values, fields) }))
  if (found.size > SHOWN) return { sessions, ...(await count(Session, own, search)) }
  return { sessions, total: found.size, own: own.id !== undefined && found.has(own.id) }
}

/** What is shown of one session; `undefined` where there is none with this id. */
export async function readOne(
  Session: AnySessions,
  id: string,
  fields?: readonly string[],
): Promise<Values | undefined> {
  const values = (await Session.store.get(id)) as Values
  return Object.keys(values).length === 0 ? undefined : pick(values, fields)
}

/** Those that find the operator's own session. */
export async function ownSearches(Session: AnySessions, own: AnySession): Promise<Search[]> {
  const values = (await own.peek(Session.references)) as Values
  return Session.references.flatMap((field) => {
    const value = values[field]
    if (value === undefined) return []
    try {
      const search = readSearch(Session, new URLSearchParams({ field, value: toText(value) }))
      const finds = keyOf(Session, field, search.value) === keyOf(Session, field, value)
      return finds ? [search] : []
    } catch (error) {
      // What a custom field holds has a text that only its codec knows.
      if (error instanceof BadSearch) return []
      throw error
    }
  })
}

function pick(values: Values, fields: readonly string[] | undefined): Values {
  if (fields === undefined) return values
  const chosen = fields.filter((name) => values[name] !== undefined)
  return Object.fromEntries(chosen.map((name) => [name, values[name]]))
}

/** The number of sessions with a value, and whether the operator's own is among them. */
export async function count(
  Session: AnySessions,
  own: AnySession,
  { field, value }: Search,
): Promise<Pick<Listing, 'total' | 'own'>> {
  const ownValue = ((await own.peek([field])) as Values)[field]
  return {
    total: await Session.count(field, value),
    own: ownValue !== undefined && keyOf(Session, field, ownValue) === keyOf(Session, field, value),
  }
}

/** The key that holds the sessions with a value, as `find` and `get` give it. */
function keyOf(Session: AnySessions, field: string, value: unknown): string {
  return Session.getReferenceKey(field, value as FieldValue)
}

function isFieldError(error: unknown): boolean {
  return error instanceof SessionError && error.code === 'ERR_SESSION_FIELD'
}
