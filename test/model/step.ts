/** What a protocol is made of: calls take one step after another. */
import type { Told } from './events.js'
import type { Operation, StepName } from './operation.js'
import type { Settings, World } from './world.js'

/** One thing that may become of a step. */
export interface Outcome {
  readonly world: World
  /** Where the call stands now; nowhere if it is over. */
  readonly next?: Operation | undefined
  /** What Redis answered, for traces. */
  readonly reply?: string
  /** Whether the session was written or ended by it. */
  readonly wrote?: boolean
  /** Whether the session's secret was replaced by it. */
  readonly renewed?: boolean
  /** What else it means to other calls. */
  readonly told?: Told | undefined
  /** Why a sign-in was refused, where it was: `mark`, by a revokeAll that came after its request began. */
  readonly refused?: 'mark' | 'limit' | 'gone' | undefined
  /** Whether the caller is told now. The call may still go on to tidy up. */
  readonly resolved?: boolean
  /** Of a search that has resolved: the sessions that it still owes something to. */
  readonly owed?: readonly number[]
}

/** One command, or one script, on one node. */
export interface Step {
  /** What it stands for: the file under src/store/redis, the function there, what it sends. */
  readonly stands: string
  /** All that may become of it. Of commands that are sent in parallel, each may come first. */
  run(world: World, operation: Operation, settings: Settings): Outcome[]
}

export type Steps = Readonly<Partial<Record<StepName, Step>>>

export interface Protocol {
  readonly name: string
  readonly steps: Steps
  /** The first step of a call that writes a session. */
  readonly first: (operation: Operation) => StepName
}

export function stepOf(protocol: Protocol, name: StepName): Step {
  const step = protocol.steps[name]
  if (step === undefined) throw new Error(`${protocol.name} has no step "${name}"`)
  return step
}

/** A list without one of its elements. */
export function without<T>(list: readonly T[], one: T): T[] {
  return list.filter((each) => each !== one)
}

/** A list with one more element, in order. */
export function including<T>(list: readonly T[], one: T): T[] {
  return [...new Set([...list, one])].toSorted()
}
