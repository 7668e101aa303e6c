/**
 * Every interleaving: a breadth-first search through all states in which a model can be. So the first
 * one that breaks a promise is one that the fewest steps lead to.
 *
 * A state is the world, the calls that are under way, in no order, and how many may still begin. In
 * each of them any call may take its next step, crash, or begin, and time may go by.
 */
import { type Model, type Move, Moves } from './moves.js'
import { PROMISES, type Promised } from './promises.js'
import { Column, grown, Table } from './table.js'
import { type State, traceOf } from './trace.js'

export interface Options {
  /** The promises to look at; all, if left out. */
  readonly promises?: readonly Promised[]
  /** Whether to count the schedules, which takes as long again. */
  readonly count?: boolean
}

export interface Report {
  readonly states: number
  readonly transitions: number
  /** How many different contents of hashes and sets there were. */
  readonly worlds: number
  /** How many orders of steps lead from the beginning to where nothing more can happen. */
  readonly schedules?: number
  /** A promise that was broken, and the shortest way to it. */
  readonly broken?: Promised
  readonly trace?: readonly string[]
}

const ALL = Object.keys(PROMISES) as Promised[]

export function explore(model: Model, options: Options = {}): Report {
  return new Explorer(model, options).run()
}

/** In a row: no call. */
const NOBODY = 0xffff

class Explorer {
  readonly #model: Model
  readonly #options: Options
  readonly #moves: Moves
  readonly #table: Table
  /** By which state each was reached first. */
  readonly #parents = new Column()
  /** How many steps lead to each state. */
  readonly #degrees = new Column()
  /** The state at hand: the calls that are under way, and how many. */
  readonly #calls = new Int32Array(16)
  #under = 0
  /** Its successors, row after row. */
  #found = new Int32Array(4096)
  #count = 0
  readonly #next = new Int32Array(16)
  #broken: Promised | undefined
  /** What is broken in the state at hand, in which nothing is under way. */
  #resting: Promised | undefined

  constructor(model: Model, options: Options) {
    this.#model = model
    this.#options = options
    this.#moves = new Moves(model, options.promises ?? ALL)
    // The first word has the world and how many calls may begin, each other one has two calls.
    this.#table = new Table(1 + Math.ceil(model.operations / 2))
  }

  run(): Report {
    const table = this.#table
    const { operations, worlds } = this.#model
    for (const world of worlds) {
      this.#push(this.#moves.worlds.number(world), operations, -1, -1, -1)
    }
    for (let i = 0; i < this.#count; i++) table.add(this.#found, i * table.width)
    const roots = table.size
    for (let state = 0; state < roots; state++) this.#parents.set(state, -1)
    let transitions = 0
    for (let state = 0; state < table.size; state++) {
      this.#successors(state)
      transitions += this.#count
      for (let i = 0; i < this.#count; i++) this.#reach(state, i)
      const broken = this.#resting ?? this.#broken
      if (broken !== undefined) {
        const trace = this.#trace(state, this.#resting !== undefined)
        return { ...this.#report(transitions), broken, trace }
      }
    }
    const report = this.#report(transitions)
    return this.#options.count === true ? { ...report, schedules: this.#schedules(roots) } : report
  }

  #report(transitions: number): Report {
    return { states: this.#table.size, transitions, worlds: this.#moves.worlds.size }
  }

  /** Adds one of the successors of a state. */
  #reach(state: number, i: number): void {
    const table = this.#table
    const known = table.size
    const child = table.add(this.#found, i * table.width)
    if (child === state) return
    if (child === known) this.#parents.set(child, state)
    this.#degrees.add(child, 1)
  }

  /** Makes a state the one at hand. */
  #read(state: number): { world: number; left: number } {
    const { width, rows } = this.#table
    const offset = state * width
    this.#under = 0
    for (let i = offset + 1; i < offset + width; i++) {
      const pair = rows[i]!
      if ((pair & NOBODY) !== NOBODY) this.#calls[this.#under++] = pair & NOBODY
      if (pair >>> 16 !== NOBODY) this.#calls[this.#under++] = pair >>> 16
    }
    const word = rows[offset]!
    return { world: word >>> 3, left: word & 7 }
  }

  #successors(state: number): void {
    this.#count = 0
    const { world, left } = this.#read(state)
    const { calm } = this.#model
    const calls = this.#calls
    const moves = this.#moves
    if (this.#under === 0) this.#resting = moves.atRest(world)
    for (let i = 0; i < this.#under; i++) {
      // Of two calls that stand alike it does not matter which goes on.
      if (i > 0 && calls[i] === calls[i - 1]) continue
      if (moves.sleeps(calls[i]!)) continue
      for (const move of moves.steps(world, calls[i]!)) this.#take(move, left, i)
      // A crash: it never takes another step.
      if (calm !== true) this.#push(world, left, i, -1, -1)
    }
    if (left > 0) {
      for (const call of moves.begins(world)) {
        for (const move of moves.steps(world, call)) this.#take(move, left - 1, -1)
      }
    }
    // Only a revokeAll that is called later can tell who began before it.
    if (left > 1) for (const move of moves.sleepers(world)) this.#take(move, left - 1, -1)
    for (const move of moves.happenings(world)) this.#take(move, left, -1)
  }

  /** A step of the call at one place, or of none of those under way (-1). */
  #take({ world, operation, event, broken }: Move, left: number, place: number): void {
    if (broken !== undefined) this.#broken ??= broken
    this.#push(world, left, place, event, operation)
  }

  /**
   * Writes down the state that follows the one at hand: without the call at one place, the others as
   * an event leaves them, and with one more call. They are put into order, so that it has but one row.
   */
  #push(world: number, left: number, place: number, event: number, more: number): void {
    const { width } = this.#table
    const offset = this.#count++ * width
    if (offset + width > this.#found.length) this.#found = grown(this.#found)
    const next = this.#next
    let length = 0
    for (let i = 0; i <= this.#under; i++) {
      let call = more
      if (i < this.#under) {
        if (i === place) continue
        call = event < 0 ? this.#calls[i]! : this.#moves.observed(event, this.#calls[i]!)
      }
      if (call < 0) continue
      let j = length++
      for (; j > 0 && next[j - 1]! > call; j--) next[j] = next[j - 1]!
      next[j] = call
    }
    for (let i = length; i < 2 * width - 2; i++) next[i] = NOBODY
    this.#found[offset] = (world << 3) | left
    for (let i = 1; i < width; i++) {
      this.#found[offset + i] = next[2 * i - 2]! | (next[2 * i - 1]! << 16)
    }
  }

  /**
   * Counts the ways to where nothing more can happen: each state comes after all that lead to it.
   * That this comes to an end shows too that no schedule goes on for ever.
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
    if (counted < table.size) throw new Error(`${table.size - counted} states lie on circles`)
    return total
  }

  #trace(last: number, rests: boolean): string[] {
    const path: State[] = []
    for (let state = last; state >= 0; state = this.#parents.get(state)) {
      path.unshift({ ...this.#read(state), calls: [...this.#calls.subarray(0, this.#under)] })
    }
    return traceOf(this.#model, this.#moves, path, rests)
  }
}
