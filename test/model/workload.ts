/** Which calls may begin, what else may happen, and from which worlds a model starts. */
import { type Change, type Guard, isValue, type Operation, operation } from './operation.js'
import type { Protocol } from './protocol.js'
import { create } from './scripts.js'
import { takeSlot } from './slots.js'
import {
  emptyWorld,
  isLive,
  sessionOf,
  type Settings,
  STILL,
  tick,
  withDead,
  withOld,
  withRevocationTime,
  withSlots,
  type World,
} from './world.js'
import { acknowledge } from './write.js'

/** A call that may begin in some worlds. It begins with its first command. */
export interface Begin {
  readonly operation: Operation
  readonly when: (world: World) => boolean
}

export interface Workload {
  readonly creates: readonly Change[]
  readonly updates: readonly Change[]
  readonly guards: readonly Guard[]
  /** What the operator's `Session.store.set` sets: it creates sessions too, also dead ones again. */
  readonly puts: readonly Change[]
  /** Whether it does so with ids of any age, or only with those younger than half a minute. */
  readonly reuses: boolean
  readonly others: readonly ('delete' | 'find' | 'revokeAll')[]
}

export const ALL_CALLS: Workload = {
  creates: ['A', 'none'],
  updates: ['A', 'B', 'unset', 'plain', 'renew', 'touch'],
  guards: ['current', 'replaced', 'operator'],
  puts: [],
  reuses: false,
  others: ['delete', 'find', 'revokeAll'],
}

export function possibleCalls(workload: Workload, protocol: Protocol, settings: Settings): Begin[] {
  const ids = [...Array(settings.sessions).keys()]
  const sessions = ids.flatMap((id) => [
    ...creates(id, workload, protocol, settings),
    ...updates(id, workload, protocol, settings),
    ...puts(id, workload, protocol, settings),
    ...(workload.others.includes('delete') ? [deletes(id)] : []),
  ])
  const walks = settings.values.flatMap((set) =>
    (['find', 'revokeAll'] as const)
      .filter((call) => workload.others.includes(call))
      .map((call) => ({
        operation: operation({ call, at: call === 'find' ? 'scan' : 'begin revocation', set }),
        when: () => true,
      })),
  )
  return [...sessions, ...walks]
}

function creates(id: number, workload: Workload, protocol: Protocol, settings: Settings): Begin[] {
  // New sessions are all alike, so they are created in order.
  const when = ({ sessions }: World): boolean =>
    sessions.findIndex(({ phase }) => phase === 'unborn') === id
  return workload.creates.map((change) => ({
    operation: writeOperation({ call: 'create', at: 'create', id, change }, protocol, settings),
    when,
  }))
}

function deletes(id: number): Begin {
  return {
    operation: operation({ call: 'delete', at: 'delete', id, guard: 'current' }),
    when: (world) => isLive(world, id),
  }
}

function puts(id: number, workload: Workload, protocol: Protocol, settings: Settings): Begin[] {
  return workload.puts.map((change) => ({
    operation: writeOperation({ call: 'put', at: 'update', id, change }, protocol, settings),
    when: (world) => workload.reuses || sessionOf(world, id).young,
  }))
}

/** A cookie may be the current one or an old one; all cookies of a dead session are old. */
function updates(id: number, workload: Workload, protocol: Protocol, settings: Settings): Begin[] {
  return workload.guards.flatMap((guard) => {
    const when = (world: World): boolean =>
      isLive(world, id) || (guard === 'replaced' && sessionOf(world, id).phase === 'dead')
    const { ownMaxAges } = settings.clock ?? STILL
    return workload.updates
      .filter((change) => isVisible(change, guard))
      .flatMap((change) => {
        const times = change === 'touch' ? [0, ...ownMaxAges] : [0]
        const given = times.map(
          (ownMaxAge) => ({ call: 'update', at: 'update', id, change, guard, ownMaxAge }) as const,
        )
        return given.map((one) => ({ operation: writeOperation(one, protocol, settings), when }))
      })
  })
}

/** Whether an update can make a difference: not if its only command is refused. */
function isVisible(change: Change, guard: Guard): boolean {
  if (guard === 'replaced' || guard === 'forged') return isValue(change)
  return guard !== 'operator' || change !== 'renew'
}

function writeOperation(
  given: Partial<Operation> & Pick<Operation, 'call' | 'at' | 'change'>,
  protocol: Protocol,
  { clock }: Settings,
): Operation {
  const joins = isValue(given.change) ? [given.change] : []
  const ownMaxAge = given.ownMaxAge ?? 0
  const ttl = ownMaxAge === 0 ? (clock ?? STILL).maxAge : ownMaxAge
  const elapsed = clock === undefined ? -1 : 0
  // Nothing refuses an operator.
  const signsIn = isValue(given.change) && given.call !== 'put' && given.guard !== 'operator'
  const how = signsIn ? 'claim' : 'keep'
  const one = operation({ ...given, joins, todo: joins, ttl, elapsed, how })
  return { ...one, at: protocol.firstStep(one) }
}

export interface EnvironmentEvent {
  readonly name: string
  readonly world: World
  readonly ticked: boolean
}

export function environmentEvents(world: World, settings: Settings): EnvironmentEvent[] {
  const { clock, failsOver } = settings
  const list: EnvironmentEvent[] = []
  for (const [id, { young, phase }] of world.sessions.entries()) {
    if (young && phase !== 'unborn' && phase !== 'asked') {
      const aged = withOld(world, id, settings)
      list.push({ name: `a minute goes by, ${id} is old`, world: aged, ticked: false })
    }
    if (clock === undefined && phase === 'live') {
      list.push({ name: `${id} expires`, world: withDead(world, id), ticked: false })
    }
  }
  for (const value of ['A', 'B'] as const) {
    for (const { id, confirmed, old } of world.slots[value]) {
      // A slot is taken after its session's id was created.
      if (confirmed || old || sessionOf(world, id).young) continue
      const slots = world.slots[value].map((slot) =>
        slot.id === id ? { ...slot, old: true } : slot,
      )
      const name = `a minute goes by, the slot of ${id} is old`
      list.push({ name, world: withSlots(world, value, slots), ticked: false })
    }
  }
  if (failsOver !== undefined && !world.clockSetBack) {
    const name = `a node takes over whose clock is ${failsOver}`
    const after = (['A', 'B'] as const)
      .filter((value) => world.revocationTimes[value] === 'past')
      .reduce((before, value) => withRevocationTime(before, value, 'future'), world)
    list.push({ name, world: { ...after, clockSetBack: true }, ticked: false })
  }
  if (clock !== undefined) list.push({ name: 'a tick', world: tick(world), ticked: true })
  return list
}

/**
 * The worlds from which a model starts. `starts` says what each session was created with, `''` that it was
 * not. By default one session may exist, with a reference or without; of several at least one exists.
 */
export function initialWorlds(
  settings: Settings,
  starts: readonly (readonly (Change | '')[])[] = STARTS[settings.sessions],
): World[] {
  const { limit } = settings
  const most = limit?.max ?? Infinity
  const within = starts.filter((changes) => changes.filter((one) => one === 'A').length <= most)
  return within.map((changes) =>
    changes.reduce(
      (world, change, id) => (change === '' ? world : withCreated(world, id, change, settings)),
      emptyWorld(settings),
    ),
  )
}

const STARTS: Readonly<Record<1 | 2 | 3, readonly (readonly (Change | '')[])[]>> = {
  1: [[''], ['none'], ['A'], ['B']],
  2: [
    ['', 'A'],
    ['A', 'A'],
    ['A', 'B'],
  ],
  3: [
    ['', '', ''],
    ['A', '', ''],
    ['A', 'A', ''],
  ],
}

function withCreated(world: World, id: number, change: Change, settings: Settings): World {
  const { maxAge: ttl } = settings.clock ?? STILL
  const joins = isValue(change) ? [change] : []
  const one = operation({ call: 'create', at: 'create', id, change, joins, ttl })
  const reply = create(world, { operation: one, settings })
  if (reply.status !== 'ok') throw new Error('a session can be created only once')
  const after = acknowledge(reply.world, one)
  return isValue(change) ? takeSlot(after, change, id, 'confirm', settings).world : after
}
