/** What can happen next, worked out once for each pair of a world and a call, then looked up. */
import { type Begin, happenings } from './calls.js'
import { type Event, eventOf, observe } from './events.js'
import { asks, type Operation, operationKey } from './operation.js'
import { atRest, type Broken, ofStep, ofWorld, type Promised } from './promises.js'
import { type Outcome, type Protocol, stepOf } from './step.js'
import { idsSeated } from './seats.js'
import { Numbered } from './table.js'
import { type Settings, STILL, withSession, type World, worldKey } from './world.js'

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
  /** Whether all goes well: no call breaks off, none lasts a minute, no session expires. */
  readonly calm?: boolean
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
  readonly #sleepers: Move[][] = []
  readonly #happenings: Move[][] = []
  readonly #resting: Broken[] = []
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

  /**
   * Whether a call sleeps: its request has begun, but its set has not been marked since. What it does
   * now it can as well do as one that begins now.
   */
  sleeps(one: number): boolean {
    const { asleep, age } = this.operations.item(one)
    return asleep && age === 0
  }

  /** The calls that may begin, as they are before their first step. */
  begins(world: number): readonly number[] {
    return (this.#begins[world] ??= this.#model.begins
      .filter(({ when }) => when(this.worlds.item(world)))
      .map(({ operation }) => this.operations.number(operation)))
  }

  /** The requests that may begin, which send something later. */
  sleepers(world: number): readonly Move[] {
    return (this.#sleepers[world] ??= this.begins(world).flatMap((begun) => {
      const one = this.operations.item(begun)
      return asks(one) ? [this.#asleep(this.worlds.item(world), one)] : []
    }))
  }

  #asleep(before: World, one: Operation): Move {
    const { call, id } = one
    const world = call === 'create' ? withSession(before, id, { phase: 'asked' }) : before
    return {
      world: this.worlds.number(world),
      operation: this.operations.number({ ...one, asleep: true }),
      event: -1,
      broken: undefined,
      name: 'the request begins',
    }
  }

  /** What is broken if nothing is under way. */
  atRest(world: number): Promised | undefined {
    const broken = (this.#resting[world] ??= this.#rest(this.worlds.item(world)))
    return this.#promises.find((promise) => broken[promise] === true)
  }

  #rest(world: World): Broken {
    const { protocol, settings, calm } = this.#model
    return atRest(world, protocol, settings, calm === true)
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
    const { settings, calm } = this.#model
    if (calm === true) return []
    return happenings(before, settings).map(({ name, world: after, ticked }) => {
      const world = this.worlds.number(after)
      const event = this.#event({ ...eventOf(before, after), ticked })
      return { world, operation: -1, event, broken: this.#first({}, world), name }
    })
  }

  #observe(event: Event, before: Operation): number {
    const { settings, late } = this.#model
    const { timeout } = settings.clock ?? STILL
    const sent = late === true && (before.at === 'create' || before.at === 'update')
    const after = observe(before, event, timeout) ?? (sent ? outlasted(before, event) : undefined)
    return after === undefined ? -1 : this.operations.number(after)
  }

  #work(before: World, one: Operation): Move[] {
    const { protocol, settings, resends } = this.#model
    const { stands, run } = stepOf(protocol, one.at)
    const awake = one.asleep ? { ...one, asleep: false } : one
    return run(before, awake, settings).flatMap((outcome) => {
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
      broken: this.#first(ofStep(before, one, outcome, this.#model.settings), world),
      name,
    }
  }

  #event(event: Event): number {
    const { renewed, died, lost, gave, aged, agedSeats, ticked } = event
    const changed = [renewed, died, lost, gave, aged, agedSeats].some((list) => list.length > 0)
    const told = event.marked ?? event.revoked ?? event.noted ?? event.reseated ?? event.seated
    return changed || ticked || told !== undefined ? this.#events.number(event) : -1
  }

  /** The first promise that a step breaks, or else the world after it. */
  #first(broken: Broken, number: number): Promised | undefined {
    const { protocol, settings } = this.#model
    const after = (this.#broken[number] ??= ofWorld(this.worlds.item(number), protocol, settings))
    return this.#promises.find((promise) => broken[promise] === true || after[promise] === true)
  }
}

/** A command that was sent, and may still be done, though its caller has given up. */
function outlasted(before: Operation, event: Event): Operation | undefined {
  return observe({ ...before, since: -1, late: true }, event, 0)
}

function eventOfStep(
  before: World,
  one: Operation,
  { world, renewed = false, told }: Outcome,
): Event {
  return eventOf(before, world, one, { ...told, renewed })
}

/** A step of which nobody is told, and after which nobody goes on. */
function untold({ world, wrote = false, renewed = false, told = {} }: Outcome): Outcome {
  const { revoked: _, ...others } = told
  return { world, wrote, renewed, told: others }
}

/** A step whose reply was lost: the client will send the command again. */
function unanswered(before: World, one: Operation, outcome: Outcome): Outcome {
  const { world, renewed, told } = outcome
  const seen = observe(one, eventOfStep(before, one, outcome), 0) ?? one
  const own = one.call === 'create' || renewed === true
  const { value } = told?.seated ?? {}
  // By its hash a creation on a single node knows the seat that it took.
  const learns = value !== undefined && seen.seat < 0
  const ahead = learns ? idsSeated(world, value).filter((id) => id !== one.id) : seen.ahead
  const next: Operation = { ...seen, resent: true, guard: own ? 'next' : seen.guard, ahead }
  return { ...untold(outcome), next }
}
