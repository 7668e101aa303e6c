/**
 * One call to the store: which one, where it stands, and what it remembers between two commands. It
 * remembers nothing else, so two calls that can do the same from now on are the same.
 */
import type { Value, World } from './world.js'

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
  | 'create'
  | 'update'
  | 'join again'
  | 'leave'
  | 'delete'
  | 'scan'
  | 'inspect'
  | 'end'
  | 'prune'
  | 'prune: remove'
  | 'prune: look again'
  | 'prune: time'
  | 'prune: put back'

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
  /** Whether this walk has ended a session, so that another one follows. */
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
  again: false,
  owed: undefined,
  time: 0,
  late: false,
  resent: false,
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
  if (at === 'scan') return `${call}(${set})`
  const sets = isValue(change) ? `set ${change}` : change === 'plain' ? 'set x' : change
  const what = call === 'update' ? sets : call === 'delete' ? call : `${call} with ${change}`
  const who = guard === 'operator' && call === 'update' ? ', by the operator' : ''
  const old = guard === 'replaced' ? ', with an old cookie' : ''
  return `${what} (${id})${own === 0 ? '' : ` for ${own}`}${who}${old}`
}

/** Whether a write makes a session, rather than changing one. */
export function makes({ call, making }: Operation): boolean {
  return call === 'create' || making
}

export function isValue(change: Change): change is Value {
  return change === 'A' || change === 'B' || change === 'C'
}

/** What one step may mean to other calls. They do not see it; what they hold or are owed changes. */
export interface Event {
  /** The sessions whose secret was replaced. */
  readonly renewed: readonly number[]
  readonly died: readonly number[]
  /** The values that sessions have no longer. */
  readonly lost: readonly (readonly [id: number, value: Value])[]
  /** The ids that are no longer young. */
  readonly aged: readonly number[]
  readonly ticked: boolean
}

export function eventOf(
  before: World,
  after: World,
  renewed: readonly number[],
  ticked: boolean,
): Event {
  const died: number[] = []
  const aged: number[] = []
  const lost: [number, Value][] = []
  for (const [id, was] of before.sessions.entries()) {
    const is = after.sessions[id]
    if (is === undefined) continue
    if (was.phase === 'live' && is.phase !== 'live') died.push(id)
    if (was.young && !is.young) aged.push(id)
    for (const value of was.values) {
      if (value !== '' && !is.values.includes(value)) lost.push([id, value])
    }
  }
  return { renewed, died, lost, aged, ticked }
}

/** What an event makes of a call that is under way; `undefined` where its time is up. */
export function observe(one: Operation, event: Event, timeout: number): Operation | undefined {
  const { call, id, guard, owed, set, since, late, held } = one
  // A call takes half a minute at most, so a creation is over before its id is old.
  if ((call === 'create' || call === 'put') && !late && event.aged.includes(id)) return undefined
  const timed = event.ticked && since >= 0
  if (timed && since >= timeout) return undefined
  const shown = guard === 'current' || guard === 'next'
  return {
    ...one,
    since: timed ? since + 1 : since,
    held: event.ticked ? Math.max(0, held - 1) : held,
    guard: shown && [...event.renewed, ...event.died].includes(id) ? 'replaced' : guard,
    owed: owed?.filter((other) => !event.lost.some(([who, what]) => who === other && what === set)),
  }
}
