import { optionsError } from '../errors.js'
import { configOf } from '../koa/config-of.js'
import { isObject } from '../options/checks.js'
import type { Config } from '../options/config.js'
import { toMs } from '../options/duration.js'
import type { Duration } from '../options/session-options.js'

/** One provider, and the references by which its logins are found. */
export interface BackChannelLogoutOptions<Login extends string, User extends string> {
  /** The provider's `issuer`, exactly as its discovery document has it: a slash at the end makes another one. */
  readonly issuer: string
  /** The application's client id at the provider: what its tokens have as `aud`. */
  readonly clientId: string
  /**
   * Where the provider publishes its keys: `jwks_uri` of its discovery document. They are fetched when a token comes, and
   * again where a token names a new key, at most every 30 s. Either this or `jwks`.
   */
  readonly jwksUri?: string | URL | undefined
  /** The provider's public keys, where they cannot be fetched. */
  readonly jwks?:
    | {
        /** The keys, each a JSON Web Key (RFC 7517). */
        readonly keys: readonly object[]
      }
    | undefined
  /** The reference that holds a login's value, which `check` makes from `iss` and `sid`. It must have `rotate: false`. */
  readonly login: Login
  /** The reference that holds the value of the user at the provider, which `check` makes from `iss` and `sub`. */
  readonly user: User
  /**
   * The algorithms that tokens may be signed with. `none` and HMAC (`HS256` …) cannot be among them.
   * @default all signatures by a private key that jose knows: RS*, PS*, ES*, EdDSA, Ed25519
   */
  readonly algorithms?: readonly string[]
  /**
   * How old a token may be, at most an hour. For that long its `jti` is kept.
   * @default '10 minutes'
   */
  readonly maxTokenAge?: Duration
}

/** The checked options. */
export interface Settings {
  readonly config: Config
  readonly issuer: string
  readonly clientId: string
  readonly keys: URL | { readonly keys: readonly object[] }
  readonly login: string
  readonly user: string
  readonly algorithms: readonly string[]
  /** ms */
  readonly maxTokenAge: number
}

const NAMES: ReadonlySet<string> = new Set<keyof BackChannelLogoutOptions<string, string>>([
  'algorithms',
  'clientId',
  'issuer',
  'jwks',
  'jwksUri',
  'login',
  'maxTokenAge',
  'user',
])

const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]

const LONGEST_AGE = 3_600_000

/** How far the clocks of the provider and of this machine may differ where a token's times are checked, ms. */
export const CLOCK_TOLERANCE = 30_000

/** How long a `jti` is kept, ms: as long as its token could be accepted again. */
export function keepFor({ maxTokenAge }: Pick<Settings, 'maxTokenAge'>): number {
  return maxTokenAge + 2 * CLOCK_TOLERANCE
}

/** @throws `ERR_SESSION_OPTIONS`, naming the invalid option */
export function checkOptions(
  Session: unknown,
  options: BackChannelLogoutOptions<string, string>,
): Settings {
  const config = configOf(Session)
  if (config === undefined) {
    throw wrong('takes what sessions() returns as its first argument')
  }
  if (!isObject(options)) throw wrong('takes an object of options as its second argument')
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) throw wrong(`has no option "${name}"`)
  }
  const { issuer, clientId, algorithms = ALGORITHMS, maxTokenAge: age = '10 minutes' } = options
  if (typeof issuer !== 'string' || !isIssuer(issuer)) {
    throw wrong(`({ issuer }) must be the provider's "issuer", a URL without query and fragment`)
  }
  if (typeof clientId !== 'string' || clientId === '') {
    throw wrong('({ clientId }) must be the client id that the provider knows')
  }
  if (!Array.isArray(algorithms) || algorithms.length === 0) {
    throw wrong("({ algorithms }) must be a list such as ['RS256']")
  }
  for (const name of algorithms as readonly unknown[]) {
    if (!ALGORITHMS.includes(name as string)) {
      throw wrong(`({ algorithms }) may hold ${ALGORITHMS.join(', ')}, and nothing else`)
    }
  }
  const maxTokenAge = toMs('backChannelLogout({ maxTokenAge })', age)
  if (maxTokenAge > LONGEST_AGE) throw wrong('({ maxTokenAge }) must be at most an hour')
  const { absoluteMaxAge = Infinity } = config.policy
  if (keepFor({ maxTokenAge }) > absoluteMaxAge) {
    throw wrong(
      '({ maxTokenAge }) must be at least a minute less than absoluteMaxAge: a jti is kept as a session is',
    )
  }
  const { login, user } = checkReferences(config, options)
  const keys = checkKeys(options)
  return { config, issuer, clientId, keys, login, user, algorithms, maxTokenAge }
}

function wrong(what: string): Error {
  return optionsError(`backChannelLogout${what.startsWith('(') ? '' : ' '}${what}`)
}

function isIssuer(issuer: string): boolean {
  return isHttp(issuer) && !/[?#]/.test(issuer)
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

function checkReferences(
  { policy, fields }: Config,
  { login, user }: BackChannelLogoutOptions<string, string>,
): { login: string; user: string } {
  for (const [option, name, use] of [
    ['login', login, "a login's"],
    ['user', user, "a user's"],
  ] as const) {
    if (typeof name !== 'string' || !policy.references.has(name)) {
      throw wrong(
        `({ ${option} }) must be one of Session's references, a field that holds ${use} value`,
      )
    }
    try {
      // A field of numbers, say.
      fields.encodeReference(name, 'A'.repeat(43))
    } catch (cause) {
      throw optionsError(`backChannelLogout({ ${option} }) must be a field of strings`, { cause })
    }
  }
  if (login === user) throw wrong('({ login, user }) must be two references')
  if (policy.references.get(login)?.rotate === true) {
    throw wrong(
      `({ login }) must not rotate: references: { ${login}: { rotate: false } }. Where the same user signs in ` +
        'again, the fields of the session would go',
    )
  }
  return { login, user }
}

function checkKeys({ jwksUri, jwks }: BackChannelLogoutOptions<string, string>): Settings['keys'] {
  if ((jwksUri === undefined) === (jwks === undefined)) {
    throw wrong('({ jwksUri, jwks }) needs one of the two')
  }
  if (jwks !== undefined) return checkJwks(jwks)
  if (!isHttp(String(jwksUri))) {
    throw wrong('({ jwksUri }) must be a URL, "jwks_uri" of the provider\'s discovery document')
  }
  const url = new URL(String(jwksUri))
  if (url.protocol === 'http:' && process.env['NODE_ENV'] === 'production' && !isLocal(url)) {
    throw wrong('({ jwksUri }) must begin with https: who can alter the keys can sign anybody out')
  }
  return url
}

function isLocal({ hostname }: URL): boolean {
  return /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(hostname)
}

function checkJwks(jwks: unknown): { readonly keys: readonly object[] } {
  const { keys } = (jwks ?? {}) as { readonly keys?: unknown }
  if (!Array.isArray(keys) || keys.length === 0 || !keys.every(isObject)) {
    throw wrong('({ jwks }) must be an object like { keys: [{ kty: …, … }] }')
  }
  if (keys.some((key: object) => 'd' in key || 'k' in key)) {
    throw wrong('({ jwks }) must hold public keys alone')
  }
  return { keys }
}
