/** The search itself, compared with one that is too simple to be wrong, and its traces. */
import { expect, test } from 'vitest'
import { CLUSTER } from './cluster.js'
import { effectOf, observe } from './effects.js'
import { explore } from './explore.js'
import { exploreAndReport, modelOf, ONE } from './models.js'
import { ONE_NODE } from './one-node.js'
import { isSignIn, type Operation, operationKey } from './operation.js'
import { stepOf } from './protocol.js'
import type { Model } from './transitions.js'
import { VARIANTS } from './variants.js'
import { environmentEvents } from './workload.js'
import { emptyWorld, withSession, type World, worldKey } from './world.js'

interface State {
  readonly world: World
  readonly calls: readonly Operation[]
  readonly left: number
}

function keyOf({ world, calls, left }: State): string {
  return [worldKey(world), left, ...calls.map(operationKey).toSorted()].join('\n')
}

function successors(model: Model, { world, calls, left }: State): State[] {
  const { protocol, settings } = model
  const steps = (one: Operation, others: readonly Operation[], rest: number): State[] =>
    stepOf(protocol, one.at)
      .run(world, { ...one, asleep: false }, settings)
      .map((outcome) => {
        const { renewed = false, effects } = outcome
        const event = effectOf(world, outcome.world, one, { ...effects, renewed })
        const seen = others.flatMap((other) => observe(other, event, 0) ?? [])
        const next = outcome.next === undefined ? [] : [outcome.next]
        return { world: outcome.world, calls: [...seen, ...next], left: rest }
      })
  const different = new Map(calls.map((call) => [operationKey(call), call]))
  const states = [...different.values()].flatMap((call) => {
    const others = calls.toSpliced(calls.indexOf(call), 1)
    if (call.asleep && call.revocations === 0 && !call.revocationSetBack) return []
    return [...steps(call, others, left), { world, calls: others, left }]
  })
  const begun = model.begins.filter(({ when }) => left > 0 && when(world))
  states.push(...begun.flatMap(({ operation }) => steps(operation, calls, left - 1)))
  const asking = begun.filter(({ operation }) => left > 1 && isSignIn(operation))
  states.push(
    ...asking.map(({ operation }) => ({
      world: operation.call === 'create' ? asked(world, operation.id) : world,
      calls: [...calls, { ...operation, asleep: true }],
      left: left - 1,
    })),
  )
  for (const { world: after } of environmentEvents(world, settings)) {
    const event = effectOf(world, after)
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

/** Walks every schedule. Returns their number. */
function walk(model: Model, state: State, met: Set<string>): number {
  const key = keyOf(state)
  met.add(key)
  const next = successors(model, state).filter((one) => keyOf(one) !== key)
  return next.length === 0 ? 1 : next.reduce((sum, one) => sum + walk(model, one, met), 0)
}

test.each([ONE_NODE, CLUSTER])(
  'finds the same states as a walk through every schedule: $name',
  (protocol) => {
    const world = emptyWorld(ONE)
    const model = { ...modelOf(protocol, ONE), worlds: [world], operations: 2 }
    const met = new Set<string>()
    const schedules = walk(model, { world, calls: [], left: 2 }, met)
    const report = explore(model, { count: true })
    expect(report).toMatchObject({ states: met.size, schedules })
  },
)

test('shows a shortest way to what is broken', () => {
  const { protocol } = VARIANTS.find(({ what }) => what.startsWith('a write removes the id'))!
  const calls = {
    creates: [],
    updates: ['A', 'B'],
    guards: ['current'],
    puts: [],
    reuses: false,
    others: [],
  } as const
  const model = { ...modelOf(protocol, ONE, calls), operations: 3 }
  const { trace } = exploreAndReport('the id is removed', model, { promises: ['found'] })
  expect(trace?.join('\n')).toMatchInlineSnapshot(`
    "    0 {A}, A [0], B []
    1. set B (0): check secret (HGET) → right
        0 {A}, A [0], B []
    1. set B (0): join (JOIN_SET) → B
        0 {A}, A [0], B [0]
    1. set B (0): update (UPDATE_CLUSTER) → ok
        0 {B}, A [0], B [0]
    1. set B (0): join again (JOIN_SET) → B
        0 {B}, A [0], B [0]
    2. set A (0): check secret (HGET) → right
        0 {B}, A [0], B [0]
    2. set A (0): join (JOIN_SET) → A
        0 {B}, A [0], B [0]
    2. set A (0): update (UPDATE_CLUSTER) → ok
        0 {A}, A [0], B [0]
    2. set A (0): join again (JOIN_SET) → A
        0 {A}, A [0], B [0]
    1. set B (0): leave (SREM) → A
        0 {A}, A [], B [0]"
  `)
})
