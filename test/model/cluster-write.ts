/** A write on a cluster: `write` in cluster.ts. */
import {
  asks,
  makes,
  type Operation,
  operation,
  type SeatSeen,
  type StepName,
} from './operation.js'
import { barred, create, join, update, type UpdateReply } from './scripts.js'
import type { Prunable } from './search.js'
import { idsSeated, isLimited, seatOf, takeSeat, unseat } from './seats.js'
import { DONE, evicting, lostSeat, reconsider, seatTold, valueOf } from './sign-in.js'
import { type Outcome, type Step, without } from './step.js'
import { first, type Ways, writing } from './ways.js'
import { hasValue, sessionOf, type Settings, type Value, withSession, type World } from './world.js'
import { acknowledge, otherHalf, samples } from './write.js'

/** From the first command of its creation on, a session's id may be in sets. */
function begun(world: World, { call, id }: Operation): World {
  const { phase } = sessionOf(world, id)
  const unborn = call === 'create' && (phase === 'unborn' || phase === 'asked')
  return unborn ? withSession(world, id, { phase: 'making' }) : world
}

/** cluster.ts ask: not let in, a session that has the value stays. Nobody else has a creation's id. */
function notJoined(
  world: World,
  before: Operation,
  value: Value,
  settings: Settings,
): Outcome | undefined {
  const no = change(before) === value ? barred(world, value, before, settings) : undefined
  if (no === undefined) return undefined
  if (!makes(before)) {
    const seats = no.status === 'full' ? no.seats : []
    return { world, reply: no.status, next: { ...before, at: 'own value', seats } }
  }
  return reconsider(begun(world, before), before, no, settings, first, mayBeFree(world, value))
}

function change(one: Operation): Value | undefined {
  return one.how === 'keep' ? undefined : valueOf(one)
}

/** admission.ts freeSeats: those of sessions that may still be made are not looked at. */
function mayBeFree(world: World, value: Value) {
  return ([id]: SeatSeen): boolean => {
    const seat = seatOf(world, value, id)
    return seat !== undefined && (seat.confirmed || seat.old)
  }
}

/** One JOIN_SET of a write. */
function joinOne(world: World, before: Operation, value: Value, ways: Ways, settings: Settings) {
  const { id, ttl, how } = before
  const gives = change(before) === value
  const joined = join(begun(world, before), value, id, ways.hold(ttl))
  const seated = takeSeat(joined, value, id, gives ? how : 'keep', settings, before.ahead)
  const { took, changed } = seated
  const anew = how === 'confirm' ? 'confirmed' : 'anew'
  const told = changed ? { reseated: [[id, value, anew]] as const } : {}
  const seat = changed && (took || ways.tells === 'each') ? 0 : -1
  const ahead = changed ? idsSeated(seated.world, value).filter((one) => one !== id) : []
  const asked = gives ? { seen: 0, seat, ahead, took } : {}
  return { ...seated, asked, told }
}

const step1 = (ways: Ways): Step => ({
  stands: 'cluster.ts write, step 1: JOIN_SET',
  run(world, before, settings) {
    const { clock } = settings
    return before.todo.map((value): Outcome => {
      const no = notJoined(world, before, value, settings)
      if (no !== undefined) return no
      const { world: after, asked, told } = joinOne(world, before, value, ways, settings)
      const todo = without(before.todo, value)
      // The first of the sets is the first to let it go.
      const earliest = before.todo.length === before.joins.length && clock !== undefined
      const held = earliest ? ways.joinedFor(before.ttl) + (clock.ahead ?? 0) : before.held
      const at = todo.length > 0 ? 'join' : writing(before)
      return { world: after, reply: value, told, next: { ...before, at, todo, held, ...asked } }
    })
  },
})

const step3 = (ways: Ways): Step => ({
  stands: 'cluster.ts write, step 3: JOIN_SET',
  run(world, before, settings) {
    return before.todo.flatMap((value): Outcome[] => {
      if (lostSeat(world, before, value, settings)) {
        return [{ world, reply: 'evicted', next: { ...before, at: 'undo' } }]
      }
      const { world: after, over, told } = joinOne(world, before, value, ways, settings)
      const todo = without(before.todo, value)
      const reply = value
      if (todo.length > 0) return [{ world: after, reply, told, next: { ...before, todo } }]
      const known = acknowledge(after, before)
      const next = evicting(before, over, settings)
      if (next !== undefined) return [{ world: known, reply, told, next }]
      const outcome = { world: known, reply, told, resolved: true }
      return samples(ways.prunable, settings, known, before.joins, outcome)
    })
  },
})

/** After step 2: on to step 3; or the end, where no set was joined. */
function written(
  was: World,
  world: World,
  before: Operation,
  renewed: boolean,
  settings: Settings,
): Outcome {
  const told = seatTold(was, before, before.seat, settings)
  const outcome = { world, reply: 'ok', wrote: true, renewed, told }
  const { joins } = before
  if (joins.length === 0) return { ...outcome, resolved: true }
  const value = change(before)
  const claimed = before.how === 'claim' || before.how === 'evict'
  const confirms = claimed && value !== undefined && isLimited(value, settings)
  // Nobody asks for the secret any more, nor for how long it is held.
  const how = confirms ? 'confirm' : 'keep'
  const { seat, ahead } = confirms ? before : DONE
  const next: Operation = { ...before, ...DONE, at: 'join again', todo: joins, how, seat, ahead }
  return { ...outcome, next }
}

/** Step 2 did nothing: cluster.ts giveUp frees the seat that was taken for it; then it may go on. */
function inVain(before: Operation, next?: Operation): Pick<Outcome, 'next'> {
  if (!before.took || before.seat !== 0) return { next }
  const rest: Operation = next ?? { ...before, ...DONE, how: 'keep', todo: [] }
  return { next: { ...rest, at: 'give up', seat: 0, took: true } }
}

/** cluster.ts write, after step 2: where that did nothing, it takes the id out of the sets if it is gone. */
function notWritten(
  prunable: Prunable,
  world: World,
  before: Operation,
  reply: Exclude<UpdateReply, { status: 'ok' | 'join' | 'full' }>,
): Outcome[] {
  const { status } = reply
  const { joins, id, call } = before
  const refused = status === 'noted' && before.noted === 'mark' ? 'mark' : 'gone'
  const outcome: Outcome = { world, reply: status, refused }
  const isGone = status === 'gone' || status === 'ended'
  const ids = isGone && !before.took ? prunable(world, [id]) : []
  if (joins.length === 0 || ids.length === 0) {
    return [{ ...outcome, ...inVain(before, otherHalf(before, isGone, first)) }]
  }
  return joins.map((set) => {
    const next = operation({ call: 'prune', at: 'prune', set, ids })
    return { ...outcome, next: call === 'put' ? { ...before, at: 'prune', set, ids } : next }
  })
}

export function writeSteps(ways: Ways): Partial<Record<StepName, Step>> {
  const { prunable } = ways
  const given = (before: Operation, settings: Settings) => {
    return { operation: before, settings, joinedFor: before.held }
  }
  return {
    join: step1(ways),

    'own value': {
      stands: 'cluster.ts ask: HGET',
      run(world, before, settings) {
        const value = valueOf(before)
        const { seats } = before
        const one: Operation = { ...before, seats: [] }
        if (hasValue(world, before.id, value)) {
          return [{ world, reply: 'has it', next: { ...one, at: 'join', how: 'stay' } }]
        }
        const no =
          seats.length > 0 ? { status: 'full' as const, seats } : { status: 'revoked' as const }
        return [reconsider(world, one, no, settings, first, mayBeFree(world, value))]
      },
    },

    create: {
      stands: 'cluster.ts write, step 2: CREATE',
      run(world, before, settings) {
        const reply = create(world, given(before, settings))
        if (reply.status === 'ok') return [written(world, reply.world, before, false, settings)]
        if (reply.status === 'full') throw new Error('on a cluster a session has joined before')
        return notWritten(prunable, world, before, reply)
      },
    },

    update: {
      stands: 'cluster.ts write, step 2: UPDATE',
      run(world, before, settings) {
        return update(world, given(before, settings)).flatMap((reply): Outcome[] => {
          const { status } = reply
          if (status === 'ok') return [written(world, reply.world, before, reply.renewed, settings)]
          if (status === 'full') throw new Error('on a cluster a session has joined before')
          if (status !== 'join') return notWritten(prunable, world, before, reply)
          const { current: joins, ttl } = reply
          const how = asks(before) ? 'claim' : 'keep'
          const afresh = { seen: -1, noted: '', seat: -1, took: false, how } as const
          const next: Operation = { ...before, ...afresh, at: 'join', joins, todo: joins, ttl }
          return [{ world, reply: `join ${joins.join()}`, ...inVain(before, next) }]
        })
      },
    },

    'give up': {
      stands: 'cluster.ts giveUp: UNSEAT',
      run(world, before) {
        const { id, seat, todo } = before
        const after = unseat(world, valueOf(before), [[id, seat, 0]])
        const next: Operation = { ...before, at: 'join', seat: -1, took: false }
        return [{ world: after, next: todo.length > 0 ? next : undefined }]
      },
    },

    'join again': step3(ways),
  }
}
