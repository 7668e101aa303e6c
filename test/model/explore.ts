/**
 * Every interleaving: a breadth-first search through all states of a model. The first state found that
 * breaks a promise is one of those with the fewest steps.
 *
 * A state is the world, the operations under way, in no order, and how many may still begin. In each state
 * any operation may take its next step, crash, or begin, and time may go by.
 */
import { type Promised, USUAL } from './promises.js'
import { Column, grown, StateTable } from './state-table.js'
import { type State, traceOf } from './trace.js'
import { TransitionTable, WORDS } from './transition-table.js'
import { type Model, Transitions } from './transitions.js'

export interface Options {
  /** The promises to check; the usual ones, if left out. */
  readonly promises?: readonly Promised[]
  /** Whether to count the schedules, which doubles the time. */
  readonly count?: boolean
}

export interface Report {
  readonly states: number
  readonly transitions: number
  readonly worlds: number
  /** The number of orders of steps from a first state to one where nothing more can happen. */
  readonly schedules?: number
  /** A promise that is broken, and a shortest way to that. */
  readonly broken?: Promised
  readonly trace?: readonly string[]
}

export function explore(model: Model, options: Options = {}): Report {
  return new Explorer(model, options).run()
}

/** In a row: no operation. */
const NO_CALL = 0xffff

class Explorer {
  readonly #model: Model
  readonly #options: Options
  readonly #promises: readonly Promised[]
  readonly #transitions: Transitions
  readonly #lists: TransitionTable
  readonly #table: StateTable
  /** The state from which each was reached first. */
  readonly #parents = new Column()
  /** The number of steps that lead to each state. */
  readonly #degrees = new Column()
  /** The operations of the state at hand, and how many these are. */
  readonly #calls = new Int32Array(16)
  #under = 0
  /** Its successors, row after row. */
  #found = new Int32Array(4096)
  #count = 0
  readonly #next = new Int32Array(16)
  #broken: Promised | undefined
  /** The promise that the state at hand breaks, if nothing is under way in it. */
  #resting: Promised | undefined

  constructor(model: Model, options: Options) {
    this.#model = model
    this.#options = options
    this.#promises = options.promises ?? USUAL
    this.#transitions = new Transitions(model, this.#promises)
    this.#lists = new TransitionTable(this.#transitions, this.#promises)
    // The first word holds the world and how many operations may begin, each other one two operations.
    this.#table = new StateTable(1 + Math.ceil(model.operations / 2))
  }

  run(): Report {
    const table = this.#table
    const { operations, worlds } = this.#model
    for (const world of worlds) {
      this.#push(this.#transitions.worlds.number(world), operations, -1, -1, -1)
    }
    table.addAll(this.#found, this.#count)
    const roots = table.size
    for (let state = 0; state < roots; state++) this.#parents.set(state, -1)
    let transitions = 0
    for (let state = 0; state < table.size; state++) {
      this.#successors(state)
      transitions += this.#count
      this.#reach(state)
      const broken = this.#resting ?? this.#broken
      if (broken !== undefined) {
        const trace = this.#trace(state, this.#resting !== undefined)
        return { ...this.#report(transitions), broken, trace }
      }
    }
    if (this.#transitions.operations.size > NO_CALL) throw new Error('too many operations')
    const report = this.#report(transitions)
    return this.#options.count === true ? { ...report, schedules: this.#schedules(roots) } : report
  }

  #report(transitions: number): Report {
    return { states: this.#table.size, transitions, worlds: this.#transitions.worlds.size }
  }

  /** Adds the successors of a state. */
  #reach(state: number): void {
    const { size } = this.#table
    const counts = this.#options.count === true
    const numbers = this.#table.addAll(this.#found, this.#count)
    for (let i = 0; i < this.#count; i++) {
      const child = numbers[i]!
      if (child >= size) this.#parents.set(child, state)
      if (counts && child !== state) this.#degrees.add(child, 1)
    }
  }

  #read(state: number): { world: number; left: number } {
    const { width, rows } = this.#table
    const offset = state * width
    this.#under = 0
    for (let i = offset + 1; i < offset + width; i++) {
      const pair = rows[i]!
      if ((pair & NO_CALL) !== NO_CALL) this.#calls[this.#under++] = pair & NO_CALL
      if (pair >>> 16 !== NO_CALL) this.#calls[this.#under++] = pair >>> 16
    }
    const word = rows[offset]!
    return { world: word >>> 3, left: word & 7 }
  }

  #successors(state: number): void {
    this.#count = 0
    const { world, left } = this.#read(state)
    const { calm } = this.#model
    const calls = this.#calls
    const transitions = this.#transitions
    const lists = this.#lists
    if (this.#under === 0) this.#resting = transitions.atRest(world)
    for (let i = 0; i < this.#under; i++) {
      // Of two equal operations it does not matter which one goes on.
      if (i > 0 && calls[i] === calls[i - 1]) continue
      if (transitions.sleeps(calls[i]!)) continue
      this.#takeAll(lists.steps(world, calls[i]!), left, i)
      // A crash: it takes no other step.
      if (calm !== true) this.#push(world, left, i, -1, -1)
    }
    if (left > 0) {
      for (const call of transitions.begins(world)) {
        this.#takeAll(lists.steps(world, call), left - 1, -1)
      }
    }
    // Which requests began before matters only to a revokeAll that begins later.
    if (left > 1) this.#takeAll(lists.sleepers(world), left - 1, -1)
    this.#takeAll(lists.environmentEvents(world), left, -1)
  }

  /** A list of steps of the operation at one place, or of none of those under way (-1). */
  #takeAll(begin: number, left: number, place: number): void {
    const { words } = this.#lists
    const end = begin + 1 + WORDS * words[begin]!
    for (let at = begin + 1; at < end; at += WORDS) {
      const broken = words[at + 3]!
      if (broken >= 0) this.#broken ??= this.#promises[broken]
      this.#push(words[at]!, left, place, words[at + 2]!, words[at + 1]!)
    }
  }

  /**
   * Adds the state that follows the one at hand: without the operation at one place, the others after an
   * effect, and with one more. They are sorted, so that equal states have equal rows.
   */
  #push(world: number, left: number, place: number, effect: number, more: number): void {
    const { width } = this.#table
    const offset = this.#count++ * width
    if (offset + width > this.#found.length) this.#found = grown(this.#found)
    const found = this.#found
    const next = this.#next
    const calls = this.#calls
    const under = this.#under
    let length = 0
    for (let i = 0; i <= under; i++) {
      let call = more
      if (i < under) {
        if (i === place) continue
        call = effect < 0 ? calls[i]! : this.#transitions.observed(effect, calls[i]!)
      }
      if (call < 0) continue
      let j = length++
      for (; j > 0 && next[j - 1]! > call; j--) next[j] = next[j - 1]!
      next[j] = call
    }
    for (let i = length; i < 2 * width - 2; i++) next[i] = NO_CALL
    found[offset] = (world << 3) | left
    for (let i = 1; i < width; i++) found[offset + i] = next[2 * i - 2]! | (next[2 * i - 1]! << 16)
  }

  /**
   * Counts the ways to where nothing more can happen, each state after all that lead to it. That this ends
   * shows also that no schedule goes on for ever.
   */
  #schedules(roots: number): number {
    const table = this.#table
    const ways = new Float64Array(table.size).fill(1, 0, roots)
    const ready: number[] = []
    for (let state = 0; state < roots; state++) {
      if (this.#degrees.get(state) === 0) ready.push(state)
    }
    let total = 0
    let counted = 0
    for (let state = ready.pop(); state !== undefined; state = ready.pop()) {
      counted++
      this.#successors(state)
      let last = true
      for (let i = 0; i < this.#count; i++) {
        const child = table.find(this.#found, i * table.width)
        if (child === state) continue
        last = false
        ways[child]! += ways[state]!
        if (this.#degrees.add(child, -1) === 0) ready.push(child)
      }
      if (last) total += ways[state]!
    }
    if (counted < table.size) throw new Error(`${table.size - counted} states lie on cycles`)
    return total
  }

  #trace(last: number, rests: boolean): string[] {
    const path: State[] = []
    for (let state = last; state >= 0; state = this.#parents.get(state)) {
      path.unshift({ ...this.#read(state), calls: [...this.#calls.subarray(0, this.#under)] })
    }
    return traceOf(this.#model, this.#transitions, path, rests)
  }
}
