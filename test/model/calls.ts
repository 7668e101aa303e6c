/** Which calls may begin, what else may happen, and from where. */
import { type Change, type Guard, isValue, type Operation, operation } from './operation.js'
import { create } from './scripts.js'
import { takeSeat } from './seats.js'
import type { Protocol } from './step.js'
import {
  emptyWorld,
  isLive,
  sessionOf,
  type Settings,
  STILL,
  tick,
  withDead,
  withOld,
  withSeats,
  type World,
} from './world.js'
import { acknowledge } from './write.js'

/** A call that may begin in some worlds. To begin is one with its first command. */
export interface Begin {
  readonly operation: Operation
  readonly when: (world: World) => boolean
}

/** Which calls there are. */
export interface Calls {
  /** What sessions are made with. */
  readonly creates: readonly Change[]
  readonly updates: readonly Change[]
  /** What updates show of a secret. */
  readonly guards: readonly Guard[]
  /** What the operator's `Session.store.set` sets: it makes sessions too, and makes them again. */
  readonly puts: readonly Change[]
  /** Whether it does so with ids of any age, or only with those younger than half a minute. */
  readonly reuses: boolean
  readonly others: readonly ('delete' | 'find' | 'revokeAll')[]
}

export const CALLS: Calls = {
  creates: ['A', 'none'],
  updates: ['A', 'B', 'unset', 'plain', 'renew', 'touch'],
  guards: ['current', 'replaced', 'operator'],
  puts: [],
  reuses: false,
  others: ['delete', 'find', 'revokeAll'],
}

export function begins(calls: Calls, protocol: Protocol, settings: Settings): Begin[] {
  const ids = [...Array(settings.sessions).keys()]
  const sessions = ids.flatMap((id) => [
    ...creates(id, calls, protocol, settings),
    ...updates(id, calls, protocol, settings),
    ...puts(id, calls, protocol, settings),
    ...(calls.others.includes('delete') ? [deletes(id)] : []),
  ])
  const searches = settings.values.flatMap((set) =>
    (['find', 'revokeAll'] as const)
      .filter((call) => calls.others.includes(call))
      .map((call) => ({
        operation: operation({ call, at: call === 'find' ? 'scan' : 'mark', set }),
        when: () => true,
      })),
  )
  return [...sessions, ...searches]
}

function creates(id: number, calls: Calls, protocol: Protocol, settings: Settings): Begin[] {
  // Nobody can tell new sessions apart, so they are made in order.
  const when = ({ sessions }: World): boolean =>
    sessions.findIndex(({ phase }) => phase === 'unborn') === id
  return calls.creates.map((change) => ({
    operation: writing({ call: 'create', at: 'create', id, change }, protocol, settings),
    when,
  }))
}

function deletes(id: number): Begin {
  return {
    operation: operation({ call: 'delete', at: 'delete', id, guard: 'current' }),
    when: (world) => isLive(world, id),
  }
}

function puts(id: number, calls: Calls, protocol: Protocol, settings: Settings): Begin[] {
  return calls.puts.map((change) => ({
    operation: writing({ call: 'put', at: 'update', id, change }, protocol, settings),
    when: (world) => calls.reuses || sessionOf(world, id).young,
  }))
}

/** A cookie that is shown may be the current one or an old one; of the dead all cookies are old. */
function updates(id: number, calls: Calls, protocol: Protocol, settings: Settings): Begin[] {
  return calls.guards.flatMap((guard) => {
    const when = (world: World): boolean =>
      isLive(world, id) || (guard === 'replaced' && sessionOf(world, id).phase === 'dead')
    const { own } = settings.clock ?? STILL
    return calls.updates
      .filter((change) => isSeen(change, guard))
      .flatMap((change) => {
        const times = change === 'touch' ? [0, ...own] : [0]
        const given = times.map(
          (time) => ({ call: 'update', at: 'update', id, change, guard, own: time }) as const,
        )
        return given.map((one) => ({ operation: writing(one, protocol, settings), when }))
      })
  })
}

/** Whether something is to be seen of an update: not if its one command is refused. */
function isSeen(change: Change, guard: Guard): boolean {
  if (guard === 'replaced') return isValue(change)
  return guard !== 'operator' || change !== 'renew'
}

function writing(
  given: Partial<Operation> & Pick<Operation, 'call' | 'at' | 'change'>,
  protocol: Protocol,
  { clock }: Settings,
): Operation {
  const joins = isValue(given.change) ? [given.change] : []
  const own = given.own ?? 0
  const ttl = own === 0 ? (clock ?? STILL).maxAge : own
  const since = clock === undefined ? -1 : 0
  // An operator is not asked.
  const signsIn = isValue(given.change) && given.call !== 'put' && given.guard !== 'operator'
  const how = signsIn ? 'claim' : 'keep'
  const one = operation({ ...given, joins, todo: joins, ttl, since, how })
  return { ...one, at: protocol.first(one) }
}

/** What happens by itself. */
export interface Happening {
  readonly name: string
  readonly world: World
  readonly ticked: boolean
}

export function happenings(world: World, settings: Settings): Happening[] {
  const { clock, failsOver } = settings
  const list: Happening[] = []
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
    for (const { id, confirmed, old } of world.seats[value]) {
      // A seat is taken after its session's id was made.
      if (confirmed || old || sessionOf(world, id).young) continue
      const seats = world.seats[value].map((seat) =>
        seat.id === id ? { ...seat, old: true } : seat,
      )
      const name = `a minute goes by, the seat of ${id} is old`
      list.push({ name, world: withSeats(world, value, seats), ticked: false })
    }
  }
  if (failsOver === true && !world.setBack) {
    const name = 'a node takes over whose clock is behind'
    list.push({ name, world: { ...world, setBack: true }, ticked: false })
  }
  if (clock !== undefined) list.push({ name: 'a tick', world: tick(world), ticked: true })
  return list
}

/**
 * Where a model begins: with sessions made as `starts` says, `''` for one that is not. By default
 * one session is not made, or has been, with a reference or without; and of two at least one has.
 */
export function beginnings(
  settings: Settings,
  starts: readonly (readonly (Change | '')[])[] = STARTS[settings.sessions],
): World[] {
  const { limit } = settings
  const most = limit?.max ?? Infinity
  const within = starts.filter((changes) => changes.filter((one) => one === 'A').length <= most)
  return within.map((changes) =>
    changes.reduce(
      (world, change, id) => (change === '' ? world : made(world, id, change, settings)),
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

function made(world: World, id: number, change: Change, settings: Settings): World {
  const { maxAge: ttl } = settings.clock ?? STILL
  const joins = isValue(change) ? [change] : []
  const one = operation({ call: 'create', at: 'create', id, change, joins, ttl })
  const reply = create(world, { operation: one, settings })
  if (reply.status !== 'ok') throw new Error('a session can be made only once')
  const after = acknowledge(reply.world, one)
  return isValue(change) ? takeSeat(after, change, id, 'confirm', settings).world : after
}
