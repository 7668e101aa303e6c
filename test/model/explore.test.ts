/** The search itself: against one that is too simple to be wrong, and its traces. */
import { expect, test } from 'vitest'
import { happenings } from './calls.js'
import { calling, check, ONE } from './check.js'
import { CLUSTER } from './cluster.js'
import { explore } from './explore.js'
import type { Model } from './moves.js'
import { eventOf, observe } from './events.js'
import { asks, type Operation, operationKey } from './operation.js'
import { SINGLE_NODE } from './single-node.js'
import { stepOf } from './step.js'
import { VARIANTS } from './variants.js'
import { emptyWorld, withSession, type World, worldKey } from './world.js'

interface State {
  readonly world: World
  readonly calls: readonly Operation[]
  readonly left: number
}

function keyOf({ world, calls, left }: State): string {
  return [worldKey(world), left, ...calls.map(operationKey).toSorted()].join('\n')
}

/** All that can happen next, worked out anew each time. */
function successors(model: Model, { world, calls, left }: State): State[] {
  const { protocol, settings } = model
  const steps = (one: Operation, others: readonly Operation[], rest: number): State[] =>
    stepOf(protocol, one.at)
      .run(world, { ...one, asleep: false }, settings)
      .map((outcome) => {
        const { renewed = false, told } = outcome
        const event = eventOf(world, outcome.world, one, { ...told, renewed })
        const seen = others.flatMap((other) => observe(other, event, 0) ?? [])
        const next = outcome.next === undefined ? [] : [outcome.next]
        return { world: outcome.world, calls: [...seen, ...next], left: rest }
      })
  const different = new Map(calls.map((call) => [operationKey(call), call]))
  const states = [...different.values()].flatMap((call) => {
    const others = calls.toSpliced(calls.indexOf(call), 1)
    if (call.asleep && call.age === 0) return []
    return [...steps(call, others, left), { world, calls: others, left }]
  })
  const begun = model.begins.filter(({ when }) => left > 0 && when(world))
  states.push(...begun.flatMap(({ operation }) => steps(operation, calls, left - 1)))
  const asking = begun.filter(({ operation }) => left > 1 && asks(operation))
  states.push(
    ...asking.map(({ operation }) => ({
      world: operation.call === 'create' ? asked(world, operation.id) : world,
      calls: [...calls, { ...operation, asleep: true }],
      left: left - 1,
    })),
  )
  for (const { world: after } of happenings(world, settings)) {
    const event = eventOf(world, after)
    states.push({
      world: after,
      left,
      calls: calls.flatMap((call) => observe(call, event, 0) ?? []),
    })
  }
  return states
}

function asked(world: World, id: number): World {
  return withSession(world, id, { phase: 'asked' })
}

/** Walks every schedule by itself. */
function walk(model: Model, state: State, met: Set<string>): number {
  const key = keyOf(state)
  met.add(key)
  const next = successors(model, state).filter((one) => keyOf(one) !== key)
  return next.length === 0 ? 1 : next.reduce((sum, one) => sum + walk(model, one, met), 0)
}

test.each([SINGLE_NODE, CLUSTER])(
  'finds the states that walking every schedule finds: $name',
  (protocol) => {
    const world = emptyWorld(ONE)
    const model = { ...calling(protocol, ONE), worlds: [world], operations: 2 }
    const met = new Set<string>()
    const schedules = walk(model, { world, calls: [], left: 2 }, met)
    const report = explore(model, { count: true })
    expect(report).toMatchObject({ states: met.size, schedules })
  },
)

test('tells the shortest way to what is broken', () => {
  const { protocol } = VARIANTS.find(({ what }) => what.startsWith('a write takes the id out'))!
  const calls = {
    creates: [],
    updates: ['A', 'B'],
    guards: ['current'],
    puts: [],
    reuses: false,
    others: [],
  } as const
  const model = { ...calling(protocol, ONE, calls), operations: 3 }
  const { trace } = check('the id is taken out', model, { promises: ['found'] })
  expect(trace?.join('\n')).toMatchInlineSnapshot(`
    "    0 {A}, A [0], B []
    1. set B (0): cluster.ts write, step 1: JOIN_SET → B
        0 {A}, A [0], B [0]
    1. set B (0): cluster.ts write, step 2: UPDATE → ok
        0 {B}, A [0], B [0]
    1. set B (0): cluster.ts write, step 3: JOIN_SET → B
        0 {B}, A [0], B [0]
    2. set A (0): cluster.ts write, step 1: JOIN_SET → A
        0 {B}, A [0], B [0]
    2. set A (0): cluster.ts write, step 2: UPDATE → ok
        0 {A}, A [0], B [0]
    2. set A (0): cluster.ts write, step 3: JOIN_SET → A
        0 {A}, A [0], B [0]
    1. set B (0): cluster.ts ended: SREM → A
        0 {A}, A [], B [0]"
  `)
})
