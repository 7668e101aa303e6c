/**
 * One call of a store method: which one, its next step, and all that it remembers between two commands.
 * Two operations that remember the same can do the same from now on, so they are one.
 */
import type { Value } from './world.js'

export type CallName = 'create' | 'update' | 'put' | 'delete' | 'find' | 'revokeAll' | 'prune'

/** What a write does. `none`: creates a session without fields; `plain`: sets the field `x`. */
export type Change = Value | 'none' | 'plain' | 'unset' | 'renew' | 'touch'

/**
 * The secret that the caller has, compared with the one in force. `operator`: needs none. `current`: it is
 * that one. `replaced`: it was, before a renewal, or its session is gone. `next`: the one in force is what
 * this very operation's renewal has put there. `forged`: it never was.
 */
export type Guard = 'operator' | 'current' | 'replaced' | 'next' | 'forged'

/** The next command or script, on one node. step-sources.ts says where `src` sends each. */
export type StepName =
  | 'check secret'
  | 'join'
  | 'check value'
  | 'check slots'
  | 'release slots'
  | 'create'
  | 'update'
  | 'join again'
  | 'release own slot'
  | 'end own session'
  | 'evict'
  | 'leave'
  | 'delete'
  | 'begin revocation'
  | 'scan'
  | 'read'
  | 'revoke'
  | 'prune'
  | 'prune: bury'
  | 'prune: remove'

/**
 * How a write asks to join the set of the value that it sets. `claim`: it wants a free slot. `evict`: it
 * takes one too many. `confirm`: it has taken one. `stay`: the session is let in because it has the value
 * already. `keep`: nothing can refuse it.
 */
export type How = 'claim' | 'evict' | 'stay' | 'confirm' | 'keep'

/**
 * A slot as it was read: its session, how often it has been taken anew or confirmed since, and 1 if the
 * session's hash names a later one by now.
 */
export type SlotSeen = readonly [id: number, changes: number, later: 0 | 1]

export interface Operation {
  readonly call: CallName
  readonly at: StepName
  readonly id: number
  readonly change: Change
  readonly guard: Guard
  /** An idle timeout to give to the session; 0 for none. */
  readonly ownMaxAge: number
  /** The sets that a write joins, and how long its session will live at most. */
  readonly joins: readonly Value[]
  readonly ttl: number
  /** The number of ticks since it began; -1 where that does not matter. */
  readonly elapsed: number
  /**
   * For how many more ticks the sets that a write on a cluster has joined are sure to hold its session,
   * by the clock of the hash's node.
   */
  readonly heldFor: number
  /** The sets to which one command each is still to be sent. */
  readonly todo: readonly Value[]
  /** Of `put`: whether it found no session, and goes on to create one. */
  readonly making: boolean
  readonly set: Value
  /** The ids of a page that are still to be checked, and those found gone. */
  readonly ids: readonly number[]
  readonly gone: readonly number[]
  /** The sessions of this page that it has ended. */
  readonly ended: readonly number[]
  /** The ids whose part of the set this walk has read. */
  readonly scanned: readonly number[]
  /** Whether one page was the whole set. If not, and a walk ends a session, another walk follows. */
  readonly whole: boolean
  readonly again: boolean
  /**
   * The sessions that a walk must still find or end: those that had the value when it began and have kept
   * it. Redis does not know this. `undefined` before it begins.
   */
  readonly owed: readonly number[] | undefined
  readonly time: number
  /** Whether its caller gave up: the command that was sent may still run, but is the last. */
  readonly late: boolean
  /** Whether a command ran whose reply was lost, so that the client sends it again. */
  readonly resent: boolean
  readonly how: How
  /** Whether its request has begun, but nothing was sent. */
  readonly asleep: boolean
  /** The number of revokeAlls of its value since its request began; of a revokeAll, since its own. */
  readonly revocations: number
  /** Whether its value's revocation time was set back to the node's time since its request began. */
  readonly revocationSetBack: boolean
  /** On a cluster: the same since it joined the set; -1 before. */
  readonly revocationsSinceJoin: number
  /** The kind of tombstone that was left since it joined, and that refuses it. */
  readonly tombstone: '' | 'revoked' | 'slot'
  /** Whether a revokeAll that began after its request has resolved. Redis does not know this. */
  readonly outdated: boolean
  /** How often its slot was taken anew or confirmed since it took it; -1 where it does not know. */
  readonly slotChangesSinceTaken: number
  /** Whether the hash names a slot that was taken after its own. */
  readonly hasLaterSlot: boolean
  readonly earlierSlots: readonly number[]
  readonly tookSlot: boolean
  readonly slotsToCheck: readonly SlotSeen[]
  /** Slots that are free, or whose sessions are to be ended. */
  readonly slotsToFree: readonly SlotSeen[]
  /** Whether more than a minute has passed since it joined. */
  readonly tooLate: boolean
  /** What a faulty variant remembers. */
  readonly memo: string
}

const BLANK: Operation = {
  call: 'prune',
  at: 'prune',
  id: 0,
  change: 'none',
  guard: 'operator',
  ownMaxAge: 0,
  joins: [],
  ttl: 0,
  elapsed: -1,
  heldFor: 0,
  todo: [],
  making: false,
  set: 'A',
  ids: [],
  gone: [],
  ended: [],
  scanned: [],
  whole: false,
  again: false,
  owed: undefined,
  time: 0,
  late: false,
  resent: false,
  how: 'keep',
  asleep: false,
  revocations: 0,
  revocationSetBack: false,
  revocationsSinceJoin: -1,
  tombstone: '',
  outdated: false,
  slotChangesSinceTaken: -1,
  hasLaterSlot: false,
  earlierSlots: [],
  tookSlot: false,
  slotsToCheck: [],
  slotsToFree: [],
  tooLate: false,
  memo: '',
}

/** What no longer matters to a sign-in whose session was written. */
export const WRITTEN = {
  revocations: 0,
  revocationSetBack: false,
  revocationsSinceJoin: -1,
  tombstone: '',
  outdated: false,
  slotChangesSinceTaken: -1,
  hasLaterSlot: false,
  earlierSlots: [],
  tookSlot: false,
  guard: 'operator',
  heldFor: 0,
} as const satisfies Partial<Operation>

export function operation(given: Partial<Operation> & Pick<Operation, 'call' | 'at'>): Operation {
  return { ...BLANK, ...given }
}

/** Equal operations have equal keys: all have the same fields, in the order of `BLANK`. */
export function operationKey(one: Operation): string {
  return Object.values(one).join('|')
}

/** An operation in a trace, as its caller would name it. */
export function showOperation(one: Operation): string {
  const { call, at, change, guard, ownMaxAge, id, set } = one
  if (at === 'scan' || at === 'begin revocation') return `${call}(${set})`
  const sets = isValue(change) ? `set ${change}` : change === 'plain' ? 'set x' : change
  const what = call === 'update' ? sets : call === 'delete' ? call : `${call} with ${change}`
  const who = guard === 'operator' && call === 'update' ? ', by the operator' : ''
  const old =
    guard === 'replaced'
      ? ', with an old cookie'
      : guard === 'forged'
        ? ', with a forged cookie'
        : ''
  return `${what} (${id})${ownMaxAge === 0 ? '' : ` for ${ownMaxAge}`}${who}${old}`
}

/** Whether a revokeAll or a limit may refuse this write. */
export function isSignIn({ how }: Operation): boolean {
  return how !== 'keep' && how !== 'confirm'
}

export function isCreation({ call, making }: Operation): boolean {
  return call === 'create' || making
}

export function isValue(change: Change): change is Value {
  return change === 'A' || change === 'B' || change === 'C'
}

export function valueOf({ change }: Operation): Value {
  if (!isValue(change)) throw new Error(`${change} is no sign-in`)
  return change
}
