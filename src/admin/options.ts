import type { DefaultState, ParameterizedContext } from 'koa'
import {
  type FieldName,
  type Fields,
  type ReadValues,
  SessionError,
  type SessionMiddleware,
  type WithSession,
} from '../index.js'
import type { FieldOptions } from './field-view.js'
import type { History, Recent } from './history.js'

const NAMES = new Set([
  'authorize',
  'path',
  'back',
  'fields',
  'labels',
  'format',
  'history',
  'recent',
])

export type AdminContext<F extends Fields | undefined> = ParameterizedContext<
  DefaultState,
  WithSession<F>
>

/** What `format` is called with. */
type ShownValue<F extends Fields | undefined, K extends string> = F extends Fields
  ? NonNullable<ReadValues<F>[K & keyof ReadValues<F>]>
  : string

/** The options of `admin(Session, options)`. */
export interface AdminOptions<F extends Fields | undefined = undefined> {
  /**
   * Whether this visitor may see and end all sessions; called for each request. Unless it returns
   * exactly `true`, the request goes to the next middleware, as if there were no such page. Read the
   * session with `peek`: `get` would start one for a stranger.
   *
   * Called again once the body of a POST has arrived, and while sessions are being ended, after each
   * page of 500, also when the response has been sent: from then on anything but `true` stops it.
   */
  readonly authorize: (ctx: AdminContext<F>) => boolean | Promise<boolean>
  /** The path of the pages. @default '/admin' */
  readonly path?: string
  /** The URL of your application's own pages, to which each page links. @default none */
  readonly back?: string
  /**
   * The fields to show, in this order: leave out private ones. The first three are columns of the table,
   * the others are under "Details". @default all, with the first three references as columns
   */
  readonly fields?: readonly FieldName<F>[]
  /** Labels to show instead of the names of fields: `{ user_id: 'Account' }`. @default their names */
  readonly labels?: { readonly [K in FieldName<F>]?: string }
  /**
   * Functions that turn the value of a field into text: `{ agent: (agent) => parse(agent).browser }`. Each is called
   * with what `ctx.session.get` returns, if the session has the field. The text is escaped, and cut after 200
   * characters. If the function throws, or returns no string, the page says that the value cannot be shown, and your
   * application's log gets the error. @default the value
   */
  readonly format?: {
    readonly [K in FieldName<F>]?: (value: ShownValue<F, K>) => string
  }
  /**
   * What happened to the sessions of a reference's value, or to one of them, the newest first: read from your audit
   * log. Called with a {@link HistoryQuery}, it returns a promise of an array of {@link HistoryEntry}, or an async
   * iterable of them; a promise of `undefined` if none is kept of that reference. The pages link to the history, show
   * its first 50 entries, and read no more of an iterable. @default none
   */
  readonly history?: History
  /**
   * What happened last, over all sessions, the newest first: read from your audit log. The first page shows 10 entries,
   * reads no more of an iterable, and waits no longer than 2 s. @default none
   */
  readonly recent?: Recent
}

export type CheckedAdminOptions<F extends Fields | undefined> = Required<
  Pick<AdminOptions<F>, 'authorize' | 'path'>
> &
  FieldOptions & {
    readonly back: string | undefined
    readonly history: History | undefined
    readonly recent: Recent | undefined
  }

export function checkAdminOptions<F extends Fields | undefined>(
  Session: SessionMiddleware<F>,
  options: AdminOptions<F>,
): CheckedAdminOptions<F> {
  if (typeof Session?.revokeAll !== 'function') {
    throw optionsError('the first argument of admin must be the result of sessions()')
  }
  if (Session.references.length === 0) {
    throw optionsError(
      'admin finds sessions by references, but options.references of sessions() is empty',
    )
  }
  if (typeof options !== 'object' || options === null) {
    throw optionsError('the second argument of admin must be an object with the option "authorize"')
  }
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) throw optionsError(`admin has no option "${name}"`)
  }
  const { authorize, path = '/admin', back, fields, labels, format, history, recent } = options
  if (typeof authorize !== 'function') {
    throw optionsError('options.authorize must be a function')
  }
  if (typeof path !== 'string' || !/^(\/[\w.~-]+)*\/?$/.test(path)) {
    throw optionsError("options.path must be a path such as '/admin'")
  }
  if (back !== undefined && (typeof back !== 'string' || !/^(\/|https?:)/.test(back))) {
    throw optionsError("options.back must be a URL such as '/'")
  }
  if (fields !== undefined && !isNames(fields)) {
    throw optionsError('options.fields must be an array of field names')
  }
  for (const [name, given] of Object.entries({ history, recent })) {
    if (given !== undefined && typeof given !== 'function') {
      throw optionsError(`options.${name} must be a function`)
    }
  }
  // Without `fields` all may be shown.
  const shown = fields && new Set<string>([...fields, ...Session.references])
  return {
    authorize,
    path: path.replace(/\/$/, ''),
    back,
    fields,
    labels: toMap<string>('labels', labels, shown, 'a string', isText),
    format: toMap<(value: unknown) => unknown>('format', format, shown, 'a function', isFunction),
    history,
    recent,
  }
}

/** @param names - the fields that keys may name; `undefined` for any */
function toMap<T>(
  option: string,
  given: object | undefined,
  names: ReadonlySet<string> | undefined,
  what: string,
  isValid: (value: unknown) => boolean,
): ReadonlyMap<string, T> {
  if (given !== undefined && (typeof given !== 'object' || given === null)) {
    throw optionsError(`options.${option} must be an object with ${what} for each field`)
  }
  const entries = Object.entries(given ?? {})
  for (const [name, value] of entries) {
    if (!isValid(value)) throw optionsError(`options.${option}.${name} must be ${what}`)
    if (names?.has(name) === false) {
      throw optionsError(
        `options.${option} names "${name}", which is neither in options.fields nor a reference`,
      )
    }
  }
  return new Map(entries as [string, T][])
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== ''
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

function isNames(fields: unknown): fields is string[] {
  return Array.isArray(fields) && fields.every((name) => typeof name === 'string')
}

function optionsError(message: string): SessionError {
  return new SessionError('ERR_SESSION_OPTIONS', message)
}
