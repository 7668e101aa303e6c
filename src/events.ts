/**
 * What happens to sessions, on Node's `diagnostics_channel`: channels `koa-redis-session-sets:NAME`. Without a
 * subscriber nothing is built. Events are best effort: where a reply is lost, one may be missing, or come twice. None
 * holds a secret, a cookie, or the value of a field that is no reference.
 */
import { channel } from 'node:diagnostics_channel'
import type { SessionErrorCode } from './errors.js'

/** What all events of sessions hold. */
export interface SessionEvent {
  /** The session's public id; `undefined` where none was made. */
  readonly id: string | undefined
  /** The references that the event is about, as they are stored: those set, or all that an ended session had. */
  readonly references: Readonly<Record<string, string>>
  /** ms since 1970, by this process's clock. */
  readonly at: number
}

/**
 * Who ended a session: its owner (`delete`), another session (`revoke` and `revokeOthers` of `ctx.session`), an operator
 * (`Session.revoke`, `Session.revokeAll`, `Session.store.delete`), a limit, an identity provider, or its time.
 */
export type EndedBy = 'owner' | 'other-session' | 'operator' | 'limit' | 'provider' | 'time'

/** The events by the names of their channels, which begin with `koa-redis-session-sets:`. */
export interface SessionEvents {
  /** A session was started. */
  readonly started: SessionEvent & {
    /** Whether it continues a session of the library before. Then each parallel request publishes the event. */
    readonly adopted: boolean
  }
  /** Somebody signed in, by `signIn`, by `createCookie`, or by `set` of a rotating reference. */
  readonly 'signed-in': SessionEvent
  /** The secret was replaced, but for a sign-in. */
  readonly renewed: SessionEvent
  /** A session ended. By time only where a `signal` or a write met it, in each process that has such a signal. */
  readonly ended: SessionEvent & {
    /** Who ended it. */
    readonly by: EndedBy
    /** The reason that was given; `undefined` without one. */
    readonly reason: string | undefined
  }
  /** A write was refused, or a sign-in; or a read for want of a device's proof: perhaps by a stolen cookie. */
  readonly refused: SessionEvent & {
    /** The code of the error that the application got. */
    readonly code: SessionErrorCode
  }
  /** Redis did not answer, or with an error. */
  readonly 'store-failure': {
    /** What failed. */
    readonly message: string
    /** The code of what Redis or the client said, such as `OOM` or `ECONNREFUSED`: its message may quote arguments. */
    readonly cause: string | undefined
    /** After how long, ms. */
    readonly duration: number
    /** ms since 1970, by this process's clock. */
    readonly at: number
  }
}

const open = (name: keyof SessionEvents) => channel(`koa-redis-session-sets:${name}`)

const CHANNELS = {
  started: open('started'),
  'signed-in': open('signed-in'),
  renewed: open('renewed'),
  ended: open('ended'),
  refused: open('refused'),
  'store-failure': open('store-failure'),
} as const

export function isRecorded(name: keyof SessionEvents): boolean {
  return CHANNELS[name].hasSubscribers
}

export function record<Name extends keyof SessionEvents>(
  name: Name,
  event: Omit<SessionEvents[Name], 'at'>,
): void {
  if (isRecorded(name)) CHANNELS[name].publish({ ...event, at: Date.now() })
}
