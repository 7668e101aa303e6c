/** What can happen next: worked out once for each pair of a world and an operation, then looked up. */
import { type Effect, effectOf, observe } from './effects.js'
import { isSignIn, type Operation, operationKey } from './operation.js'
import { atRest, type Broken, ofStep, ofWorld, type Promised } from './promises.js'
import { type Outcome, type Protocol, stepOf } from './protocol.js'
import { idsWithSlot } from './slots.js'
import { Numbering, PairMap } from './state-table.js'
import { type Begin, environmentEvents } from './workload.js'
import { type Settings, STILL, withSession, type World, worldKey } from './world.js'

export interface Model {
  readonly protocol: Protocol
  readonly settings: Settings
  /** The calls that may begin, and the most that do. */
  readonly begins: readonly Begin[]
  readonly operations: number
  readonly worlds: readonly World[]
  /** Whether a client may send a command again, after a connection that was lost before the reply. */
  readonly resends?: boolean
  /** Whether a script may still run after its caller gave up. */
  readonly late?: boolean
  /** Whether all goes well: no call breaks off or lasts a minute, no session expires. */
  readonly calm?: boolean
}

export interface Transition {
  readonly world: number
  /** The operation after it; -1: it is over. */
  readonly operation: number
  /** What it means to other operations; -1: nothing. */
  readonly effect: number
  /** A promise that is broken by the step, or by the world that it leads to. */
  readonly broken: Promised | undefined
  readonly name: string
}

export class Transitions {
  readonly worlds = new Numbering<World>(worldKey)
  readonly operations = new Numbering<Operation>(operationKey)
  readonly #effects = new Numbering<Effect>((effect) => JSON.stringify(effect))
  readonly #model: Model
  readonly #begins: number[][] = []
  readonly #resting: Broken[] = []
  readonly #observed = new PairMap()
  readonly #broken: Broken[] = []
  readonly #promises: readonly Promised[]

  constructor(model: Model, promises: readonly Promised[]) {
    this.#model = model
    this.#promises = promises
  }

  /** The results of an operation's next step. */
  steps(world: number, one: number): Transition[] {
    return this.#work(world, this.operations.item(one))
  }

  /**
   * Whether an operation sleeps: its request has begun, and no revokeAll of its value has begun since. Until
   * then it does nothing that one which begins now does not do.
   */
  sleeps(one: number): boolean {
    const { asleep, revocations, revocationSetBack } = this.operations.item(one)
    return asleep && revocations === 0 && !revocationSetBack
  }

  /** The operations that may begin, before their first step. */
  begins(world: number): readonly number[] {
    return (this.#begins[world] ??= this.#model.begins
      .filter(({ when }) => when(this.worlds.item(world)))
      .map(({ operation }) => this.operations.number(operation)))
  }

  /** The requests that may begin and send something later. */
  sleepers(world: number): Transition[] {
    return this.begins(world).flatMap((begun) => {
      const one = this.operations.item(begun)
      return isSignIn(one) ? [this.#asleep(this.worlds.item(world), one)] : []
    })
  }

  #asleep(before: World, one: Operation): Transition {
    const { call, id } = one
    const world = call === 'create' ? withSession(before, id, { phase: 'asked' }) : before
    return {
      world: this.worlds.number(world),
      operation: this.operations.number({ ...one, asleep: true }),
      effect: -1,
      broken: undefined,
      name: 'the request begins',
    }
  }

  atRest(world: number): Promised | undefined {
    const broken = (this.#resting[world] ??= this.#rest(this.worlds.item(world)))
    return this.#promises.find((promise) => broken[promise] === true)
  }

  #rest(world: World): Broken {
    const { protocol, settings, calm } = this.#model
    return atRest(world, protocol, settings, calm === true)
  }

  environmentEvents(world: number): Transition[] {
    const before = this.worlds.item(world)
    const { settings, calm } = this.#model
    if (calm === true) return []
    return environmentEvents(before, settings).map((event) => {
      const after = this.worlds.number(event.world)
      const effect = this.#effect({ ...effectOf(before, event.world), ticked: event.ticked })
      const { name } = event
      return { world: after, operation: -1, effect, broken: this.#first({}, after), name }
    })
  }

  /** An operation after an effect; -1: it is over. */
  observed(effect: number, one: number): number {
    const known = this.#observed.get(effect, one)
    if (known >= 0) return known - 1
    const after = this.#observe(this.#effects.item(effect), this.operations.item(one))
    this.#observed.set(effect, one, after + 1)
    return after
  }

  #observe(effect: Effect, before: Operation): number {
    const { settings, late } = this.#model
    const { timeout } = settings.clock ?? STILL
    const sent = late === true && (before.at === 'create' || before.at === 'update')
    const after = observe(before, effect, timeout) ?? (sent ? abandoned(before, effect) : undefined)
    return after === undefined ? -1 : this.operations.number(after)
  }

  #work(world: number, one: Operation): Transition[] {
    const { protocol, settings, resends } = this.#model
    const before = this.worlds.item(world)
    const { run } = stepOf(protocol, one.at)
    const step = `${one.at} (${protocol.sources[one.at]?.script})`
    const awake = one.asleep ? { ...one, asleep: false } : one
    return run(before, awake, settings).flatMap((outcome) => {
      const name = outcome.reply === undefined ? step : `${step} → ${outcome.reply}`
      const all = [this.#transition(world, one, one.late ? withoutReply(outcome) : outcome, name)]
      if (resends === true && !one.resent && outcome.world !== before) {
        const resent = resentAfter(before, one, outcome)
        all.push(this.#transition(world, one, resent, `${name}, not answered`))
      }
      return all
    })
  }

  #transition(from: number, one: Operation, outcome: Outcome, name: string): Transition {
    const { next } = outcome
    const before = this.worlds.item(from)
    const world = outcome.world === before ? from : this.worlds.number(outcome.world)
    return {
      world,
      operation: next === undefined ? -1 : this.operations.number(next),
      effect: this.#effect(effectOfStep(before, one, outcome)),
      broken: this.#first(ofStep(before, one, outcome, this.#model.settings), world),
      name,
    }
  }

  #effect(effect: Effect): number {
    const { renewed, died, lost, gave, aged, agedSlots, ticked } = effect
    const changed = [renewed, died, lost, gave, aged, agedSlots].some((list) => list.length > 0)
    const hidden =
      effect.revocationOf ??
      effect.revocationMet ??
      effect.revokeAllAnswered ??
      effect.tombstone ??
      effect.slotChanges ??
      effect.slotInHash
    return changed || ticked || hidden !== undefined ? this.#effects.number(effect) : -1
  }

  /** The first promise that is broken by a step or by the world after it. */
  #first(broken: Broken, number: number): Promised | undefined {
    const { protocol, settings } = this.#model
    const after = (this.#broken[number] ??= ofWorld(this.worlds.item(number), protocol, settings))
    return this.#promises.find((promise) => broken[promise] === true || after[promise] === true)
  }
}

/** A command that was sent and may still run, though its caller has given up. */
function abandoned(before: Operation, effect: Effect): Operation | undefined {
  return observe({ ...before, elapsed: -1, late: true }, effect, 0)
}

function effectOfStep(
  before: World,
  one: Operation,
  { world, renewed = false, effects }: Outcome,
): Effect {
  return effectOf(before, world, one, { ...effects, renewed })
}

/** A step without a reply, after which the operation does not go on. */
function withoutReply({ world, wrote = false, renewed = false, effects = {} }: Outcome): Outcome {
  const { revokeAllAnswered: _, ...others } = effects
  return { world, wrote, renewed, effects: others }
}

/** A step whose reply was lost: the client will send the command again. */
function resentAfter(before: World, one: Operation, outcome: Outcome): Outcome {
  const { world, renewed, effects } = outcome
  const seen = observe(one, effectOfStep(before, one, outcome), 0) ?? one
  const own = one.call === 'create' || renewed === true
  const { value } = effects?.slotInHash ?? {}
  // On one node a creation finds the slot that it took in its hash.
  const learns = value !== undefined && seen.slotChangesSinceTaken < 0
  const earlierSlots = learns
    ? idsWithSlot(world, value).filter((id) => id !== one.id)
    : seen.earlierSlots
  const next: Operation = { ...seen, resent: true, guard: own ? 'next' : seen.guard, earlierSlots }
  return { ...withoutReply(outcome), next }
}
