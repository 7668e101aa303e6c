/** What a protocol is made of: each operation takes one step after another. */
import type { HiddenEffects } from './effects.js'
import type { Operation, StepName } from './operation.js'
import type { StepSources } from './step-sources.js'
import type { Settings, World } from './world.js'

export interface Outcome {
  readonly world: World
  /** The operation after the step; `undefined` if it is over. */
  readonly next?: Operation | undefined
  /** Redis's answer, for traces. */
  readonly reply?: string
  readonly wrote?: boolean
  readonly renewed?: boolean
  /** What else the step means to other operations. */
  readonly effects?: HiddenEffects | undefined
  /** Why a sign-in was refused: `revoked`, by a revokeAll that came after its request began. */
  readonly refused?: 'revoked' | 'limit' | 'gone' | undefined
  /** Whether the caller gets its answer now. The operation may still go on, to remove ids. */
  readonly resolved?: boolean
  /** Of a walk that has resolved: the sessions that it should have found or ended and did not. */
  readonly owed?: readonly number[]
}

/** One command, or one script, on one node. */
export interface Step {
  /** All possible results. Where commands are sent in parallel, any of them may come first. */
  run(world: World, operation: Operation, settings: Settings): Outcome[]
}

export type Steps = Readonly<Partial<Record<StepName, Step>>>

export interface Protocol {
  readonly name: string
  readonly steps: Steps
  readonly sources: StepSources
  /** The first step of an operation that writes a session. */
  readonly firstStep: (operation: Operation) => StepName
}

export function stepOf(protocol: Protocol, name: StepName): Step {
  const step = protocol.steps[name]
  if (step === undefined) throw new Error(`${protocol.name} has no step "${name}"`)
  return step
}

export function without<T>(list: readonly T[], one: T): T[] {
  return list.filter((each) => each !== one)
}

export function including<T>(list: readonly T[], one: T): T[] {
  return [...new Set([...list, one])].toSorted()
}
