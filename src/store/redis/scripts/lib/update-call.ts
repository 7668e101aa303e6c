import { proofArgument } from './proof.js'
import type { Reference, Update, Updated } from '../../../store.js'
import { isRefusalReply, type RefusalReply, type Refused, toRefused } from './former.js'
import { type JoinedSet, type JoinReply, toJoinedSet } from './join.js'
import { flatEntries, type Integer, optional } from './script.js'

/** A change of a session, as both scripts take it. */
export interface SessionUpdate {
  readonly hash: string
  readonly former: string
  readonly update: Update
  readonly references: ReadonlyMap<string, { readonly rotate: boolean }>
  readonly timeouts: {
    readonly maxAge: number
    readonly emptyMaxAge: number
    readonly absoluteMaxAge?: number | undefined
  }
}

/** Replies that both scripts give. */
export type UpdateReply =
  | Refused
  /** `expired`: its absolute timeout is over, and was longer before. It has ended now. */
  | { readonly status: 'not-integer' | 'expired' }
  | {
      /** Nothing was done: join the sets of all these references, for a session of that time to live, ms. */
      readonly status: 'needs-sets'
      readonly ttl: number
      readonly references: readonly Reference[]
    }
  | {
      readonly status: 'updated'
      readonly updated: Updated
      /** The references with the values that they had before. */
      readonly left: readonly Reference[]
      /** In the order of the joins; on a cluster empty. */
      readonly joined: readonly JoinedSet[]
    }

export function commonArguments({ update, references, timeouts }: SessionUpdate): string[] {
  const { set = new Map<string, string>(), increment, renewal } = update
  let fields = 0
  for (const name of set.keys()) if (!references.has(name)) fields++
  return [
    update.secretHash ?? '',
    String(timeouts.maxAge),
    String(timeouts.emptyMaxAge),
    optional(update.maxAge),
    optional(timeouts.absoluteMaxAge),
    renewal?.when ?? '',
    renewal?.secretHash ?? '',
    increment?.name ?? '',
    increment?.by ?? '',
    update.signsIn === true ? '1' : '',
    String(references.size),
    String(fields),
    update.binding ?? '',
    proofArgument(update.proof),
  ]
}

/** For each reference its plan, and what the script of a protocol has to know of a set that is joined. */
export function referenceArguments<Joined>(
  { update, references }: SessionUpdate,
  joins: ReadonlyMap<string, Joined & { readonly value: string }>,
  joinArguments: (join: Joined | undefined) => readonly string[],
): string[] {
  const { set, unset = [] } = update
  const args: string[] = []
  for (const [name, { rotate }] of references) {
    const join = joins.get(name)
    const value = set?.get(name)
    const plan =
      value !== undefined
        ? 'set'
        : unset.includes(name)
          ? 'unset'
          : join === undefined
            ? 'keep'
            : 'rejoin'
    args.push(name, rotate ? '1' : '0', plan, value ?? join?.value ?? '', ...joinArguments(join))
  }
  return args
}

/** All other fields to set, then all other fields to remove. */
export function otherFieldArguments({ update, references }: SessionUpdate): string[] {
  const args: string[] = []
  for (const [name, value] of update.set ?? []) if (!references.has(name)) args.push(name, value)
  for (const name of update.unset ?? []) if (!references.has(name)) args.push(name)
  return args
}

export type RawUpdateReply =
  | RefusalReply
  | ['not-integer' | 'expired']
  | ['needs-sets', ttl: Integer, ...current: string[]]
  | [
      'updated',
      expiresIn: Integer,
      expiresAt: Integer,
      wouldHaveExpiredAt: Integer,
      hasOwnMaxAge: Integer,
      renewed: Integer,
      counted: Integer | null,
      left: string[],
      canBind: Integer,
      ...joined: JoinReply[],
    ]

export function toUpdateReply(reply: RawUpdateReply): UpdateReply {
  if (isRefusalReply(reply)) return toRefused(reply)
  switch (reply[0]) {
    case 'updated': {
      const [status, expiresIn, expiresAt, wouldHaveExpiredAt, hasOwnMaxAge, renewed, ...rest] =
        reply
      const [counted, left, canBind, ...joined] = rest
      const updated = {
        expiresIn: Number(expiresIn),
        expiresAt: Number(expiresAt),
        wouldHaveExpiredAt: Number(wouldHaveExpiredAt),
        hasOwnMaxAge: Number(hasOwnMaxAge) === 1,
        renewed: Number(renewed) === 1,
        canBind: Number(canBind) === 1,
        incremented: counted === null ? undefined : String(counted),
      }
      return { status, updated, left: toReferences(left), joined: joined.map(toJoinedSet) }
    }
    case 'needs-sets': {
      const [status, ttl, ...current] = reply
      return { status, ttl: Number(ttl), references: toReferences(current) }
    }
    default:
      return { status: reply[0] }
  }
}

function toReferences(flat: readonly string[]): Reference[] {
  return flatEntries(flat).map(([field, value]) => ({ field, value }))
}
