import type { Promised } from './promises.js'
import { grown, PairMap } from './state-table.js'
import type { Transition, Transitions } from './transitions.js'

/** The words of one transition: its world, operation and effect, and the promise that it breaks. */
export const WORDS = 4

/** In place of an operation: the environment's events, and the requests that may begin and sleep. */
const ENVIRONMENT = 0x10000
const SLEEPERS = 0x10001

/** All transitions that were worked out, in one array: objects would be spread over the memory. */
export class TransitionTable {
  /** Lists: the number of transitions, then the words of each. */
  words = new Int32Array(4096)
  #end = 0
  readonly #lists = new PairMap()
  readonly #transitions: Transitions
  readonly #promises: readonly Promised[]

  constructor(transitions: Transitions, promises: readonly Promised[]) {
    this.#transitions = transitions
    this.#promises = promises
  }

  /** Each of these returns where a list begins. */
  steps(world: number, operation: number): number {
    const known = this.#lists.get(world, operation)
    if (known >= 0) return known
    return this.#add(world, operation, this.#transitions.steps(world, operation))
  }

  environmentEvents(world: number): number {
    const known = this.#lists.get(world, ENVIRONMENT)
    if (known >= 0) return known
    return this.#add(world, ENVIRONMENT, this.#transitions.environmentEvents(world))
  }

  sleepers(world: number): number {
    const known = this.#lists.get(world, SLEEPERS)
    if (known >= 0) return known
    return this.#add(world, SLEEPERS, this.#transitions.sleepers(world))
  }

  #add(world: number, key: number, list: readonly Transition[]): number {
    const begin = this.#end
    this.#end += 1 + WORDS * list.length
    while (this.#end > this.words.length) this.words = grown(this.words)
    this.words[begin] = list.length
    let at = begin + 1
    for (const { world: after, operation, effect, broken } of list) {
      this.words[at++] = after
      this.words[at++] = operation
      this.words[at++] = effect
      this.words[at++] = broken === undefined ? -1 : this.#promises.indexOf(broken)
    }
    this.#lists.set(world, key, begin)
    return begin
  }
}
