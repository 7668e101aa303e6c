import type { Context } from 'koa'
import { optionsError, SessionError } from '../errors.js'
import { isObject } from '../options/checks.js'
import type { OldSession } from '../options/adoption.js'
import type { Config } from '../options/config.js'
import { setAlarm } from '../real-time.js'
import { ADOPTABLE_FOR, type Lifetime, type Refusal, type Updated } from '../store/store.js'
import { deriveToken, type Token } from '../store/token.js'

/** The session that was made from an old one, now or before. */
interface Adopted {
  readonly token: Token
  /** A refusal: it was renewed or ended since. */
  readonly outcome: Lifetime | Refusal
  /** What to do with the old one. */
  readonly done?: () => Promise<unknown>
}

/** How much longer than the old cookie its new id is not used again, ms: clocks of machines differ. */
const SLACK = 3_600_000

const SHORTEST_FROM = 16

/**
 * Finds or makes the session of a visitor who has only the cookie of the library before. `undefined`: there is no
 * old session, or it is over.
 *
 * What is made from it is looked up first: the old store is asked only where there is nothing. Where that has no
 * session either, another request may just have made it.
 *
 * @throws `ERR_SESSION_STORE` where the old session cannot be told, `ERR_SESSION_OPTIONS` for what is none
 */
export async function adoptSession(
  ctx: Context,
  config: Config,
  requestStartedAt: number,
): Promise<Adopted | undefined> {
  const { adopt, store, fields, timeout } = config
  const old = checkOldSession(await within(timeout, () => adopt?.(ctx)))
  if (old === undefined) return undefined
  const token = deriveToken(old.from)
  const { id, secretHash } = token
  const find = (): Promise<Updated | Refusal> =>
    store.update(id, { secretHash, since: requestStartedAt })

  const known = await find()
  if (known !== 'gone') return { token, outcome: known }

  const { values, until, done } = old
  const found: unknown =
    typeof values === 'function' ? await within(timeout, values as () => unknown) : values
  const adoptableFor = found === undefined || found === null ? 0 : timeLeft(until)
  if (adoptableFor <= 0) return { token, outcome: await find() }

  const { set } = fields.encodeValues(found)
  const end = (): Promise<unknown> => within(timeout, () => done?.())
  try {
    const created = await store.adopt(id, secretHash, { set }, adoptableFor + SLACK)
    return created === undefined
      ? { token, outcome: await find() }
      : { token, outcome: created, done: end }
  } catch (error) {
    const code = error instanceof SessionError ? error.code : undefined
    if (code !== 'ERR_SESSION_REVOKED' && code !== 'ERR_SESSION_LIMIT') throw error
    // It was revoked before anybody saw it, so the old one has to end, too.
    return code === 'ERR_SESSION_REVOKED'
      ? { token, outcome: 'gone', done: end }
      : { token, outcome: 'gone' }
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
  if (typeof until !== 'function') timeLeft(until)
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

/** How long the old cookie may be used yet, ms. */
function timeLeft(until: unknown): number {
  const at: unknown = typeof until === 'function' ? (until as () => unknown)() : until
  const time = at instanceof Date ? at.getTime() : at
  if (typeof time !== 'number' || Number.isNaN(time)) {
    throw optionsError('options.adopt must return "until", a Date or a number of ms since 1970')
  }
  return Math.ceil(Math.min(time - Date.now(), ADOPTABLE_FOR))
}

/** @throws `ERR_SESSION_STORE`, with the error as its `cause`: "cannot tell" is never "nobody" */
async function within(timeout: number, ask: () => unknown): Promise<unknown> {
  const late = new Promise<never>((_, reject) => {
    const message = `options.adopt did not answer within ${timeout} ms`
    setAlarm(timeout, () => reject(new SessionError('ERR_SESSION_STORE', message)))
  })
  try {
    return await Promise.race([Promise.resolve().then(ask), late])
  } catch (cause) {
    if (cause instanceof SessionError) throw cause
    throw new SessionError('ERR_SESSION_STORE', 'options.adopt failed (see cause)', {
      cause,
    })
  }
}
