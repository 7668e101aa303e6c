/** The way to a state, in words. Operations are numbered in the order in which they began. */
import { showOperation } from './operation.js'
import type { Model, Transition, Transitions } from './transitions.js'
import { showWorld } from './world.js'

export interface State {
  readonly world: number
  readonly left: number
  /** The numbers of the operations under way, sorted. */
  readonly calls: readonly number[]
}

interface Named {
  readonly world: number
  readonly left: number
  readonly calls: readonly { readonly name: string; readonly operation: number }[]
}

interface TakenStep extends Named {
  readonly line: string
  readonly transition: Transition | undefined
}

/** `rests`: the last state breaks a promise. Otherwise a step from it does, which is added. */
export function traceOf(
  model: Model,
  transitions: Transitions,
  [start, ...states]: readonly State[],
  rests: boolean,
): string[] {
  const show = (world: number): string =>
    `    ${showWorld(transitions.worlds.item(world), model.settings)}`
  let here: Named = { world: start?.world ?? 0, left: model.operations, calls: [] }
  const lines = [show(here.world)]
  for (const target of rests ? states : [...states, undefined]) {
    const number = model.operations - here.left + 1
    const taken = possibleSteps(transitions, here, number).find((one) =>
      target === undefined ? one.transition?.broken !== undefined : leads(one, target),
    )
    if (taken === undefined)
      throw new Error('no step leads from one state of the trace to the next')
    lines.push(taken.line, show(taken.world))
    here = taken
  }
  return lines
}

function leads({ world, left, calls }: TakenStep, target: State): boolean {
  const numbers = calls.map(({ operation }) => operation).toSorted((a, b) => a - b)
  return world === target.world && left === target.left && numbers.join() === target.calls.join()
}

/** All that can happen. `number`: the next operation's. */
function possibleSteps(
  transitions: Transitions,
  { world, left, calls }: Named,
  number: number,
): TakenStep[] {
  const take = (
    transition: Transition,
    others: Named['calls'],
    name: string,
    begun: number,
  ): TakenStep => {
    const { effect, operation: next } = transition
    const seen = others.flatMap((call) => {
      const operation = effect < 0 ? call.operation : transitions.observed(effect, call.operation)
      return operation < 0 ? [] : [{ ...call, operation }]
    })
    const own = next < 0 ? [] : [{ name, operation: next }]
    const line = name === '' ? transition.name : `${name}: ${transition.name}`
    const after = { world: transition.world, left: left - begun, calls: [...seen, ...own] }
    return { ...after, line, transition }
  }
  const nameOf = (operation: number): string =>
    `${number}. ${showOperation(transitions.operations.item(operation))}`
  return [
    ...calls.flatMap(({ name, operation }, i) => {
      const others = calls.toSpliced(i, 1)
      if (transitions.sleeps(operation)) return []
      const crash = { world, left, calls: others, line: `${name}: crash`, transition: undefined }
      return [
        ...transitions.steps(world, operation).map((step) => take(step, others, name, 0)),
        crash,
      ]
    }),
    ...transitions.environmentEvents(world).map((event) => take(event, calls, '', 0)),
    ...(left === 0 ? [] : transitions.begins(world)).flatMap((begun) =>
      transitions.steps(world, begun).map((step) => take(step, calls, nameOf(begun), 1)),
    ),
    ...(left > 1 ? transitions.sleepers(world) : []).map((request) =>
      take(request, calls, nameOf(request.operation), 1),
    ),
  ]
}
