import type { Reference } from '../../../store.js'
import { type EndedReply, type EndedSession, toEndedSession } from './end.js'

/** One session of a set, to be ended for having the set's value. */
export interface RevokeInput {
  readonly hash: string
  readonly former: string
  readonly tombstone: string
  readonly reference: Reference
  /** How long a tombstone stands, ms. */
  readonly buryFor: number
  /** What the browser is told. */
  readonly reason: string | undefined
  readonly references: readonly string[]
}

/** `other`: it does not have the value, or has signed in again since. */
export type RevokeReply = EndedSession | { readonly status: 'gone' | 'other' }

export type RawRevokeReply = ['gone' | 'other'] | EndedReply

export function revokeKeys({ hash, former, tombstone }: RevokeInput): string[] {
  return [hash, former, tombstone]
}

export function toRevokeReply(reply: RawRevokeReply): RevokeReply {
  return reply[0] === 'deleted' ? toEndedSession(reply) : { status: reply[0] }
}
