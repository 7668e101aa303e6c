/** Tells how a state came about. The calls are numbered in the order in which they began. */
import type { Model, Move, Moves } from './moves.js'
import { showOperation } from './operation.js'
import { showWorld } from './world.js'

/** A state, as the search has it. */
export interface State {
  readonly world: number
  readonly left: number
  /** The numbers of the calls that are under way, sorted. */
  readonly calls: readonly number[]
}

/** A state whose calls have names. */
interface Named {
  readonly world: number
  readonly left: number
  readonly calls: readonly { readonly name: string; readonly operation: number }[]
}

interface Taken extends Named {
  readonly line: string
  readonly move: Move | undefined
}

/** The steps from state to state, and then the one that breaks a promise, unless the last state does. */
export function traceOf(
  model: Model,
  moves: Moves,
  [start, ...states]: readonly State[],
  rests: boolean,
): string[] {
  const show = (world: number): string =>
    `    ${showWorld(moves.worlds.item(world), model.settings)}`
  let here: Named = { world: start?.world ?? 0, left: model.operations, calls: [] }
  const lines = [show(here.world)]
  for (const target of rests ? states : [...states, undefined]) {
    const number = model.operations - here.left + 1
    const taken = possible(moves, here, number).find((one) =>
      target === undefined ? one.move?.broken !== undefined : leads(one, target),
    )
    if (taken === undefined) throw new Error('the trace has come apart')
    lines.push(taken.line, show(taken.world))
    here = taken
  }
  return lines
}

function leads({ world, left, calls }: Taken, target: State): boolean {
  const numbers = calls.map(({ operation }) => operation).toSorted((a, b) => a - b)
  return world === target.world && left === target.left && numbers.join() === target.calls.join()
}

/** All that can happen. `number`: of the call that may begin. */
function possible(moves: Moves, { world, left, calls }: Named, number: number): Taken[] {
  const take = (move: Move, others: Named['calls'], name: string, begun: number): Taken => {
    const seen = others.flatMap((call) => {
      const operation = move.event < 0 ? call.operation : moves.observed(move.event, call.operation)
      return operation < 0 ? [] : [{ ...call, operation }]
    })
    const own = move.operation < 0 ? [] : [{ name, operation: move.operation }]
    const line = name === '' ? move.name : `${name}: ${move.name}`
    return { world: move.world, left: left - begun, calls: [...seen, ...own], line, move }
  }
  return [
    ...calls.flatMap((call) => {
      const others = calls.filter((one) => one !== call)
      if (moves.sleeps(call.operation)) return []
      const crash = { world, left, calls: others, line: `${call.name}: crash`, move: undefined }
      return [
        ...moves.steps(world, call.operation).map((move) => take(move, others, call.name, 0)),
        crash,
      ]
    }),
    ...moves.happenings(world).map((move) => take(move, calls, '', 0)),
    ...(left === 0 ? [] : moves.begins(world)).flatMap((begun) => {
      const name = `${number}. ${showOperation(moves.operations.item(begun))}`
      return moves.steps(world, begun).map((move) => take(move, calls, name, 1))
    }),
    ...(left > 1 ? moves.sleepers(world) : []).map((move) => {
      const name = `${number}. ${showOperation(moves.operations.item(move.operation))}`
      return take(move, calls, name, 1)
    }),
  ]
}
