/**
 * One call to the store: which one, where it stands, and what it remembers between two commands. It
 * remembers nothing else, so two calls that can do the same from now on are the same.
 */
import type { Value } from './world.js'

export type CallName = 'create' | 'update' | 'put' | 'delete' | 'find' | 'revokeAll' | 'prune'

/** What a write sets or does. `none`: a session made without fields; `plain`: the field `x`. */
export type Change = Value | 'none' | 'plain' | 'unset' | 'renew' | 'touch'

/**
 * The secret that a call shows, seen from the one in force. `operator`: it needs none. `current`: it
 * is that one. `replaced`: it was, before a renewal, or its session is gone. `next`: the one in force
 * is what this very call's renewal has put there.
 */
export type Guard = 'operator' | 'current' | 'replaced' | 'next'

/** The next command that a call sends: one command, or one script, on one node. */
export type StepName =
  | 'join'
  | 'own value'
  | 'seats'
  | 'unseat'
  | 'create'
  | 'update'
  | 'join again'
  | 'give up'
  | 'undo'
  | 'evict'
  | 'leave'
  | 'delete'
  | 'mark'
  | 'scan'
  | 'inspect'
  | 'end'
  | 'prune'
  | 'prune: remove'
  | 'prune: look again'
  | 'prune: time'
  | 'prune: put back'

/**
 * How a write asks to join the set of the value that it gives: as admission.ts says, and `stay` is its
 * 'keep' where the session was let in as it has the value already. `keep`: nobody asks whether it may.
 */
export type How = 'claim' | 'evict' | 'stay' | 'confirm' | 'keep'

/**
 * A seat that was seen: whose, and how often it has been taken anew or confirmed since; and 1 if the
 * session's hash tells of a later one by now.
 */
export type SeatSeen = readonly [id: number, changes: number, later: 0 | 1]

export interface Operation {
  readonly call: CallName
  readonly at: StepName
  /** The session that it is about. */
  readonly id: number
  readonly change: Change
  readonly guard: Guard
  /** An idle time that becomes the session's own; 0 for none. */
  readonly own: number
  /** The sets that a write joins, and for how long its session will live at most. */
  readonly joins: readonly Value[]
  readonly ttl: number
  /** For how many ticks the call has lasted; -1 where that does not matter. */
  readonly since: number
  /**
   * For how many more ticks the sets that a write on a cluster has joined are sure to hold its
   * session, by the clock of the hash's node.
   */
  readonly held: number
  /** The sets that one command each is still to be sent to. */
  readonly todo: readonly Value[]
  /** Of `put`: whether it found no session, and goes on to make one. */
  readonly making: boolean
  /** The set that is walked, or pruned. */
  readonly set: Value
  /** The ids of a page that are still to be looked at, and those found so far to be gone. */
  readonly ids: readonly number[]
  readonly gone: readonly number[]
  /** Those that revokeAll has ended, of the page at hand. */
  readonly ended: readonly number[]
  /** The ids whose part of the set this walk has been through. */
  readonly scanned: readonly number[]
  /** Whether one page was the whole set. If not, and a walk ends a session, another one follows. */
  readonly whole: boolean
  readonly again: boolean
  /**
   * The sessions that a search owes something to: those that had the value when it began and have
   * kept it. Redis does not know. `undefined` before it begins.
   */
  readonly owed: readonly number[] | undefined
  /** What PTTL answered. */
  readonly time: number
  /** Whether its caller gave up: the command that was sent may still be done, but is the last. */
  readonly late: boolean
  /** Whether a command was done already whose reply was lost, so that the client sends it again. */
  readonly resent: boolean
  readonly how: How
  /** Whether its request has begun, but nothing was sent. */
  readonly asleep: boolean
  /** How often sessions with its value were ended (MARK) since its request began; or since its own MARK. */
  readonly age: number
  /** On a cluster: how often since it joined the set; -1 before. */
  readonly seen: number
  /** Of which kind a note is that was left since it joined and refuses it. */
  readonly noted: '' | 'mark' | 'seat'
  /** Whether a revokeAll was answered that marked the set after its request had begun. Nobody knows. */
  readonly doomed: boolean
  /** How often its seat was taken anew or confirmed since it took it; -1 where it does not know. */
  readonly seat: number
  /** Whether the hash tells of a seat that was taken after its own. */
  readonly later: boolean
  /** Those whose seats were taken before its own. */
  readonly ahead: readonly number[]
  /** Whether it had no seat before. */
  readonly took: boolean
  /** Seats that are still to be looked at; those that are free, or of sessions that are to be ended. */
  readonly seats: readonly SeatSeen[]
  readonly free: readonly SeatSeen[]
  /** Whether it was sent more than a minute after it joined. */
  readonly tooLate: boolean
  /** What a faulty variant remembers. */
  readonly note: string
}

const BLANK: Operation = {
  call: 'prune',
  at: 'prune',
  id: 0,
  change: 'none',
  guard: 'operator',
  own: 0,
  joins: [],
  ttl: 0,
  since: -1,
  held: 0,
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
  age: 0,
  seen: -1,
  noted: '',
  doomed: false,
  seat: -1,
  later: false,
  ahead: [],
  took: false,
  seats: [],
  free: [],
  tooLate: false,
  note: '',
}

export function operation(given: Partial<Operation> & Pick<Operation, 'call' | 'at'>): Operation {
  return { ...BLANK, ...given }
}

/** Tells two operations apart. All have the same fields, in the order of `BLANK`. */
export function operationKey(one: Operation): string {
  return Object.values(one).join('|')
}

/** An operation in a trace, as its caller would name it. */
export function showOperation({ call, at, change, guard, own, id, set }: Operation): string {
  if (at === 'scan' || at === 'mark') return `${call}(${set})`
  const sets = isValue(change) ? `set ${change}` : change === 'plain' ? 'set x' : change
  const what = call === 'update' ? sets : call === 'delete' ? call : `${call} with ${change}`
  const who = guard === 'operator' && call === 'update' ? ', by the operator' : ''
  const old = guard === 'replaced' ? ', with an old cookie' : ''
  return `${what} (${id})${own === 0 ? '' : ` for ${own}`}${who}${old}`
}

/** Whether a write may be refused as its request began before a revokeAll. */
export function asks({ how }: Operation): boolean {
  return how !== 'keep' && how !== 'confirm'
}

/** Whether a write makes a session, rather than changing one. */
export function makes({ call, making }: Operation): boolean {
  return call === 'create' || making
}

export function isValue(change: Change): change is Value {
  return change === 'A' || change === 'B' || change === 'C'
}
