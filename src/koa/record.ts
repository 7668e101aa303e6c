/** Puts on record what a request does to its session. */
import { SessionError, type SessionErrorCode } from '../errors.js'
import { isRecorded, record, type SessionEvent } from '../events.js'
import type { Config } from '../options/config.js'
import type { Changes } from '../store/store.js'
import { isSignIn } from './sign-in.js'

const REFUSALS: ReadonlySet<SessionErrorCode> = new Set<SessionErrorCode>([
  'ERR_SESSION_REVOKED',
  'ERR_SESSION_LIMIT',
  'ERR_SESSION_SUPERSEDED',
  'ERR_SESSION_UNPROVEN',
])

type Event = Omit<SessionEvent, 'at'>

function eventOf({ policy }: Config, id: string | undefined, { set }: Changes): Event {
  const given = [...(set ?? [])].filter(([name]) => policy.references.has(name))
  return { id, references: Object.fromEntries(given) }
}

export function recordStart(config: Config, id: string, changes: Changes, adopted = false): void {
  if (isRecorded('started')) record('started', { ...eventOf(config, id, changes), adopted })
  if (!adopted) recordSignIn(config, id, changes)
}

/** @param renewed - whether the secret was replaced */
export function recordUpdate(config: Config, id: string, changes: Changes, renewed: boolean): void {
  if (!renewed) return
  if (isSignIn(config, changes)) recordSignIn(config, id, changes)
  else if (isRecorded('renewed')) record('renewed', eventOf(config, id, changes))
}

function recordSignIn(config: Config, id: string, changes: Changes): void {
  if (isRecorded('signed-in') && isSignIn(config, changes)) {
    record('signed-in', eventOf(config, id, changes))
  }
}

/** Passes a write on, and puts its refusal on record. Without a subscriber it costs nothing. */
export function recordRefusal<T>(
  writing: Promise<T>,
  config: Config,
  findId: () => string | undefined,
  changes: Changes,
): Promise<T> {
  if (!isRecorded('refused')) return writing
  return writing.catch((error: unknown) => {
    const code = error instanceof SessionError ? error.code : undefined
    if (code !== undefined && REFUSALS.has(code)) {
      record('refused', { ...eventOf(config, findId(), changes), code })
    }
    throw error
  })
}
