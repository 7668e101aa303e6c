import type { Context } from 'koa'
import { optionsError, SessionError } from '../errors.js'
import { isObject } from '../options/checks.js'
import type { OldSession } from '../options/adoption.js'
import type { Config } from '../options/config.js'
import { sleep } from '../real-time.js'
import { ADOPTABLE_FOR, type Explanation, type Lifetime } from '../store/store.js'
import { deriveToken, type Token } from '../store/token.js'
import { recordStart } from './record.js'

/** What became of an old session, now or before. */
export interface Adopted {
  readonly token: Token
  /** The session that was made from it; or why there is none any more. */
  readonly outcome: Lifetime | Explanation
  /** Ends the old one. */
  readonly done: () => Promise<unknown>
}

export interface AdoptingRequest {
  readonly startedAt: number
  /** Whether the visitor signs out: then no limit, and no revokeAll, keeps the old session from being ended. */
  readonly signsOut: boolean
}

const SHORTEST_FROM = 16

/**
 * Finds or makes the session of a visitor who has only the cookie of the library before. `undefined`: there is no
 * old session, or it is over.
 *
 * What is made from it is looked up first: the old store is asked only where nothing was made yet. Where that has no
 * session either, or none that may be adopted, another request may just have made it.
 *
 * @throws `ERR_SESSION_STORE` where the old session cannot be told, `ERR_SESSION_OPTIONS` for what is none
 */
export async function adoptSession(
  ctx: Context,
  config: Config,
  { startedAt, signsOut }: AdoptingRequest,
): Promise<Adopted | undefined> {
  const { adopt, store, fields, timeout } = config
  const old = checkOldSession(await within(timeout, 'options.adopt', () => adopt?.(ctx)))
  if (old === undefined) return undefined
  const token = deriveToken(old.from)
  const { id, secretHash } = token
  const done = () => within(timeout, 'options.adopt: "done"', () => old.done?.())

  const knownUntil = await store.adoptedUntil(id)
  if (knownUntil !== undefined) return knownUntil > Date.now() ? find() : undefined

  // `null` as well.
  const values = (await read()) ?? undefined
  const until = values === undefined ? 0 : checkUntil(old.until)
  if (values === undefined || until <= Date.now()) {
    return (await store.adoptedUntil(id)) === undefined ? undefined : find()
  }
  const { set } = fields.encodeValues(values)
  // The old session is not worth keeping, and stays.
  if (set === undefined || set.size === 0) return undefined
  try {
    const lifetime = await store.adopt(id, secretHash, signsOut ? {} : { set }, until)
    if (lifetime === undefined) return await find()
    if (!signsOut) recordStart(config, id, { set }, true)
    return { token, outcome: lifetime, done }
  } catch (error) {
    const code = error instanceof SessionError ? error.code : undefined
    if (code !== 'ERR_SESSION_REVOKED' && code !== 'ERR_SESSION_LIMIT') throw error
    // On a cluster a set refuses before the hash is seen.
    const found = await find()
    const isGone = 'refusal' in found.outcome && found.outcome.refusal === 'gone'
    return isGone && code === 'ERR_SESSION_LIMIT' ? undefined : found
  }

  async function find(): Promise<Adopted> {
    const outcome = await store.update(id, { secretHash, since: startedAt })
    return { token, outcome, done }
  }

  async function read(): Promise<unknown> {
    const { values: given } = old as OldSession<unknown>
    if (typeof given !== 'function') return given
    return within(timeout, 'options.adopt: "values"', given as () => unknown)
  }
}

/** @throws `ERR_SESSION_OPTIONS`, without any value in the message */
function checkOldSession(old: unknown): OldSession<unknown> | undefined {
  if (old === undefined || old === null) return undefined
  if (!isObject(old)) throw optionsError('options.adopt must return an object, or undefined')
  const { from, until, done, ...rest } = old as Partial<OldSession<unknown>>
  if (typeof from !== 'string' || from.length < SHORTEST_FROM) {
    throw optionsError(
      `options.adopt must return "from", a secret string of at least ${SHORTEST_FROM} characters`,
    )
  }
  if (typeof until !== 'function') checkUntil(until)
  if (!isObject(rest.values) && typeof rest.values !== 'function') {
    throw optionsError('options.adopt must return "values", an object or a function')
  }
  if (done !== undefined && typeof done !== 'function') {
    throw optionsError('options.adopt must return "done" as a function, if at all')
  }
  const unknown = Object.keys(rest).find((name) => name !== 'values')
  if (unknown !== undefined) {
    throw optionsError(`options.adopt must not return "${unknown}": there is no such property`)
  }
  return old as OldSession<unknown>
}

/** When the old cookie is over, ms since 1970. */
function checkUntil(until: unknown): number {
  const at: unknown = typeof until === 'function' ? (until as () => unknown)() : until
  const time = at instanceof Date ? at.getTime() : at
  if (typeof time !== 'number' || Number.isNaN(time)) {
    throw optionsError('options.adopt must return "until", a Date or a number of ms since 1970')
  }
  return Math.ceil(Math.min(time, Date.now() + ADOPTABLE_FOR))
}

/** @throws `ERR_SESSION_STORE`, with the error as its `cause`: "cannot tell" is never "nobody" */
async function within(timeout: number, what: string, ask: () => unknown): Promise<unknown> {
  const finished = new AbortController()
  const late = sleep(timeout, { signal: finished.signal }).then(() => {
    const message = `${what} did not answer within ${timeout} ms: is the old store down? (it cannot use ctx.session)`
    throw new SessionError('ERR_SESSION_STORE', message)
  })
  try {
    return await Promise.race([Promise.resolve().then(ask), late])
  } catch (cause) {
    if (cause instanceof SessionError) throw cause
    throw new SessionError('ERR_SESSION_STORE', `${what} failed (see cause)`, { cause })
  } finally {
    finished.abort()
  }
}
