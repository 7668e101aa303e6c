/** What can happen next, worked out once for each pair of a world and a call, then looked up. */
import { type Begin, happenings } from './calls.js'
import { type Event, eventOf, observe, type Operation, operationKey } from './operation.js'
import { type Broken, ofStep, ofWorld, type Promised } from './promises.js'
import { type Outcome, type Protocol, stepOf } from './step.js'
import { Numbered } from './table.js'
import { type Settings, STILL, type World, worldKey } from './world.js'

/** What is explored. */
export interface Model {
  readonly protocol: Protocol
  readonly settings: Settings
  /** The calls that may begin, and how many of them at most. */
  readonly begins: readonly Begin[]
  readonly operations: number
  /** The worlds from which it starts. */
  readonly worlds: readonly World[]
  /** Whether a client may send a command again, as the connection was lost before the reply. */
  readonly resends?: boolean
  /** Whether a script may still run whose caller gave up waiting for it. */
  readonly late?: boolean
}

/** One step, in numbers. */
export interface Move {
  readonly world: number
  /** The call that took it, as it stands now; -1: it is over. */
  readonly operation: number
  /** What it means to other calls; -1: nothing. */
  readonly event: number
  /** A promise that the step breaks, or the world that it leads to. */
  readonly broken: Promised | undefined
  readonly name: string
}

export class Moves {
  readonly worlds = new Numbered<World>(worldKey)
  readonly operations = new Numbered<Operation>(operationKey)
  readonly #events = new Numbered<Event>((event) => JSON.stringify(event))
  readonly #model: Model
  readonly #steps: Move[][][] = []
  readonly #begins: number[][] = []
  readonly #happenings: Move[][] = []
  readonly #observed: (number | undefined)[][] = []
  readonly #broken: Broken[] = []
  readonly #promises: readonly Promised[]

  constructor(model: Model, promises: readonly Promised[]) {
    this.#model = model
    this.#promises = promises
  }

  /** What may become of the next step of a call. */
  steps(world: number, one: number): readonly Move[] {
    const row = (this.#steps[one] ??= [])
    return (row[world] ??= this.#work(this.worlds.item(world), this.operations.item(one)))
  }

  /** The calls that may begin, as they are before their first step. */
  begins(world: number): readonly number[] {
    return (this.#begins[world] ??= this.#model.begins
      .filter(({ when }) => when(this.worlds.item(world)))
      .map(({ operation }) => this.operations.number(operation)))
  }

  happenings(world: number): readonly Move[] {
    return (this.#happenings[world] ??= this.#happen(this.worlds.item(world)))
  }

  /** What an event makes of a call; -1: it is over. */
  observed(event: number, one: number): number {
    const row = (this.#observed[event] ??= [])
    return (row[one] ??= this.#observe(this.#events.item(event), this.operations.item(one)))
  }

  #happen(before: World): Move[] {
    return happenings(before, this.#model.settings).map(({ name, world: after, ticked }) => {
      const world = this.worlds.number(after)
      const event = this.#event(eventOf(before, after, [], ticked))
      return { world, operation: -1, event, broken: this.#first({}, world), name }
    })
  }

  #observe(event: Event, before: Operation): number {
    const { settings, late } = this.#model
    const { timeout } = settings.clock ?? STILL
    const sent = late === true && (before.at === 'create' || before.at === 'update')
    const after =
      observe(before, event, timeout) ??
      (sent ? observe({ ...before, since: -1, late: true }, event, timeout) : undefined)
    return after === undefined ? -1 : this.operations.number(after)
  }

  #work(before: World, one: Operation): Move[] {
    const { protocol, settings, resends } = this.#model
    const { stands, run } = stepOf(protocol, one.at)
    return run(before, one, settings).flatMap((outcome) => {
      const name = outcome.reply === undefined ? stands : `${stands} → ${outcome.reply}`
      const moves = [this.#move(before, one, one.late ? untold(outcome) : outcome, name)]
      if (resends === true && !one.resent && outcome.world !== before) {
        moves.push(
          this.#move(before, one, unanswered(before, one, outcome), `${name}, not answered`),
        )
      }
      return moves
    })
  }

  #move(before: World, one: Operation, outcome: Outcome, name: string): Move {
    const { next } = outcome
    const world = this.worlds.number(outcome.world)
    return {
      world,
      operation: next === undefined ? -1 : this.operations.number(next),
      event: this.#event(eventOfStep(before, one, outcome)),
      broken: this.#first(ofStep(before, one, outcome), world),
      name,
    }
  }

  #event(event: Event): number {
    const { renewed, died, lost, aged, ticked } = event
    const nothing = renewed.length + died.length + lost.length + aged.length === 0 && !ticked
    return nothing ? -1 : this.#events.number(event)
  }

  /** The first promise that a step breaks, or else the world after it. */
  #first(broken: Broken, number: number): Promised | undefined {
    const { protocol, settings } = this.#model
    const after = (this.#broken[number] ??= ofWorld(this.worlds.item(number), protocol, settings))
    return this.#promises.find((promise) => broken[promise] === true || after[promise] === true)
  }
}

function eventOfStep(before: World, { id }: Operation, { world, renewed }: Outcome): Event {
  return eventOf(before, world, renewed === true ? [id] : [], false)
}

/** A step of which nobody is told, and after which nobody goes on. */
function untold({ world, wrote = false, renewed = false }: Outcome): Outcome {
  return { world, wrote, renewed }
}

/** A step whose reply was lost: the client will send the command again. */
function unanswered(before: World, one: Operation, outcome: Outcome): Outcome {
  const seen = observe(one, eventOfStep(before, one, outcome), 0) ?? one
  const own = one.call === 'create' || outcome.renewed === true
  return { ...untold(outcome), next: { ...seen, resent: true, guard: own ? 'next' : seen.guard } }
}
