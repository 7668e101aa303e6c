import { toMs } from './duration.js'
import { wrongOption } from './errors.js'
import { type Field, isField } from './fields/codec.js'
import { FieldSet } from './fields/fields.js'
import { isName } from './fields/names.js'
import type { Fields, MaybeFields } from './fields/types.js'
import type { CookieOptions, ReferenceOptions, SessionOptions } from './options.js'
import { MemoryStore } from './store/memory/memory-store.js'
import { RedisStore } from './store/redis/redis-store.js'
import { MOST_SEATS, type ReferencePolicy, type Store, type StorePolicy } from './store/store.js'

/** The options, checked, with all defaults: the only place where these stand. */
export interface Config {
  readonly store: Store
  readonly policy: StorePolicy
  readonly fields: FieldSet
  readonly persistent: boolean
  /** After how many ms `get` touches; `undefined`: never. */
  readonly rolling: number | undefined
  readonly byteLength: number
  readonly key: string
  readonly cookie: CookieAttributes
}

/** As `ctx.cookies.set` takes them; a cookie comes in place of any that the response already has. */
export interface CookieAttributes extends CookieOptions {
  readonly overwrite: true
}

/** A new session on a cluster has 60 s before it may be taken for a dead one. */
const LONGEST_TIMEOUT = 30_000

const NAMES: ReadonlySet<string> = new Set<keyof SessionOptions<Fields>>([
  'absoluteMaxAge',
  'byteLength',
  'client',
  'cluster',
  'domain',
  'emptyMaxAge',
  'fields',
  'httpOnly',
  'key',
  'maxAge',
  'onUndecodable',
  'partitioned',
  'path',
  'persistent',
  'prefix',
  'priority',
  'references',
  'rolling',
  'sameSite',
  'secure',
  'signed',
  'store',
  'timeout',
])

/**
 * Checks the options and fills in the defaults. The caller's object stays as it is.
 *
 * @throws `ERR_SESSION_OPTIONS`, naming the option
 */
export function checkOptions(options: SessionOptions<MaybeFields>): Config {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw wrongOption('options must be an object')
  }
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) throw wrongOption(`there is no option "${name}"`)
  }
  const {
    fields,
    onUndecodable = 'absent',
    references = {},
    maxAge = '28 days',
    emptyMaxAge = '1 hour',
    absoluteMaxAge,
    persistent = true,
    rolling = false,
    byteLength = 24,
  } = options
  if (!Number.isInteger(byteLength) || byteLength < 16 || byteLength > 128) {
    throw wrongOption('options.byteLength must be a whole number from 16 to 128')
  }
  const declared = fields === undefined ? undefined : checkFields(fields)
  const policy: StorePolicy = {
    references: checkReferences(references, declared),
    maxAge: toMs('options.maxAge', maxAge),
    emptyMaxAge: toMs('options.emptyMaxAge', emptyMaxAge),
    absoluteMaxAge:
      absoluteMaxAge === undefined ? undefined : toMs('options.absoluteMaxAge', absoluteMaxAge),
  }
  checkBoolean('persistent', persistent)
  if (onUndecodable !== 'absent' && onUndecodable !== 'throw') {
    throw wrongOption("options.onUndecodable must be 'absent' or 'throw'")
  }
  return {
    store: openStore(options, policy),
    policy,
    fields: new FieldSet({
      declared,
      references: policy.references.keys(),
      onUndecodable,
    }),
    persistent,
    rolling:
      typeof rolling === 'boolean' ? (rolling ? 0 : undefined) : toMs('options.rolling', rolling),
    byteLength,
    ...checkCookie(options),
  }
}

function openStore(options: SessionOptions<MaybeFields>, policy: StorePolicy): Store {
  const { client, store, prefix = 'session', timeout: time = '3 seconds', cluster } = options
  if (typeof prefix !== 'string' || prefix === '' || /[{}]/.test(prefix)) {
    throw wrongOption('options.prefix must be a text without braces, which decide on cluster nodes')
  }
  const timeout = toMs('options.timeout', time)
  if (timeout > LONGEST_TIMEOUT) throw wrongOption('options.timeout must be 30 seconds at most')
  checkBoolean('cluster', cluster)
  if (client !== undefined && store !== undefined) {
    throw wrongOption('options.client and options.store exclude each other')
  }
  if (client !== undefined) return new RedisStore({ client, prefix, timeout, cluster }, policy)
  if (store !== undefined) {
    if (typeof store?.open !== 'function') throw wrongOption('options.store must be a MemoryStore')
    return store.open(policy, prefix)
  }
  if (process.env['NODE_ENV'] === 'production') {
    throw wrongOption(
      'options.client is missing, and sessions in memory are lost with the process; if that is ' +
        'meant, say so by store: new MemoryStore()',
    )
  }
  return new MemoryStore().open(policy, prefix)
}

function checkFields(fields: Fields): ReadonlyMap<string, Field> {
  if (!isObject(fields)) {
    throw wrongOption('options.fields must be an object such as { user_id: field.number() }')
  }
  for (const [name, declared] of Object.entries(fields)) {
    if (!isName(name)) {
      throw wrongOption(`options.fields.${name}: this cannot be the name of a field`)
    }
    if (!isField(declared)) {
      throw wrongOption(`options.fields.${name} must be made by field.string() or its like`)
    }
  }
  return new Map(Object.entries(fields))
}

function checkReferences(
  references: NonNullable<SessionOptions['references']>,
  declared: ReadonlyMap<string, Field> | undefined,
): ReadonlyMap<string, ReferencePolicy> {
  if (!isObject(references)) {
    throw wrongOption('options.references must be an object such as { user_id: {} }')
  }
  const checked = Object.entries(references).map(([field, options]): [string, ReferencePolicy] => {
    const name = `options.references.${field}`
    // The field is a part of the set's key, which braces and colons divide.
    if (!isName(field) || /[{}:]/.test(field)) {
      throw wrongOption(`${name}: this cannot be the name of a reference`)
    }
    if (declared?.has(field) === false) {
      throw wrongOption(`${name} is not among options.fields`)
    }
    if (declared?.get(field)?.kind === 'json') {
      throw wrongOption(
        `${name}: JSON has more than one text for a value, so it cannot be found by it`,
      )
    }
    if (options === true) return [field, { rotate: true }]
    if (!isObject(options)) throw wrongOption(`${name} must be {} or true`)
    return [field, checkReference(name, options)]
  })
  return new Map(checked)
}

function checkReference(name: string, options: ReferenceOptions): ReferencePolicy {
  for (const option of Object.keys(options)) {
    if (!['rotate', 'max', 'onMax'].includes(option)) {
      throw wrongOption(`${name}: there is no option "${option}"`)
    }
  }
  const { rotate = true, max } = options
  if (typeof rotate !== 'boolean') throw wrongOption(`${name}.rotate must be true or false`)
  if (max === undefined) {
    if (options.onMax !== undefined) throw wrongOption(`${name}.onMax needs ${name}.max`)
    return { rotate }
  }
  if (!Number.isInteger(max) || max < 1 || max > MOST_SEATS) {
    throw wrongOption(`${name}.max must be a whole number from 1 to ${MOST_SEATS}`)
  }
  const { onMax = 'evict-oldest' } = options
  if (onMax !== 'evict-oldest' && onMax !== 'refuse') {
    throw wrongOption(`${name}.onMax must be 'evict-oldest' or 'refuse'`)
  }
  return { rotate, max, onMax }
}

function checkCookie(
  options: CookieOptions & Pick<SessionOptions, 'key'>,
): Pick<Config, 'key' | 'cookie'> {
  const { secure, sameSite = 'lax', domain, path = '/', partitioned, priority } = options
  const { signed = false, httpOnly = true } = options
  // A name that the browser itself ties to this host and to TLS (RFC 6265bis, 4.1.3.2).
  const host = secure === true && path === '/' && domain === undefined
  const { key = host ? '__Host-session-id' : 'session-id' } = options
  if (typeof key !== 'string' || !/^[\w!#$%&'*+.^`|~-]+$/.test(key)) {
    throw wrongOption('options.key must be a name that a cookie can have')
  }
  for (const [name, value] of Object.entries({ secure, signed, httpOnly, partitioned })) {
    checkBoolean(name, value)
  }
  if (!['strict', 'lax', 'none', true, false].includes(sameSite)) {
    throw wrongOption("options.sameSite must be 'strict', 'lax' or 'none'")
  }
  if (priority !== undefined && !['low', 'medium', 'high'].includes(priority)) {
    throw wrongOption("options.priority must be 'low', 'medium' or 'high'")
  }
  if (typeof path !== 'string' || !/^\/[ -:=-~]*$/.test(path)) {
    throw wrongOption('options.path must be a path that begins with a slash')
  }
  if (
    domain !== undefined &&
    !(typeof domain === 'string' && /^\.?[\w-]+(\.[\w-]+)*$/.test(domain))
  ) {
    throw wrongOption('options.domain must be the name of a host')
  }
  // Browsers refuse these cookies without a word; they do not tell a prefix's capital letters from small ones.
  if (
    secure !== true &&
    (sameSite === 'none' || partitioned === true || /^__(host|secure)-/i.test(key))
  ) {
    throw wrongOption(
      "options.secure must be true for sameSite 'none', for partitioned, and for a key that begins " +
        'with __Host- or __Secure-',
    )
  }
  if (/^__host-/i.test(key) && !host) {
    throw wrongOption(
      "options.key begins with __Host-, so options.path must be '/', without a domain",
    )
  }
  return {
    key,
    cookie: {
      httpOnly,
      signed,
      sameSite,
      path,
      overwrite: true,
      ...(secure === undefined ? {} : { secure }),
      ...(domain === undefined ? {} : { domain }),
      ...(partitioned === undefined ? {} : { partitioned }),
      ...(priority === undefined ? {} : { priority }),
    },
  }
}

/** An object as a literal makes it: no array, no date. */
function isObject(value: unknown): value is object {
  return Object.prototype.toString.call(value) === '[object Object]'
}

function checkBoolean(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean') {
    throw wrongOption(`options.${name} must be true or false`)
  }
}
