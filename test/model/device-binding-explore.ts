import {
  type BindingPromise,
  type BindingSafeguards,
  bindingSteps,
  type BindingWorld,
  START,
} from './device-binding.js'

/** Every world that can be reached, breadth-first, until a promise is broken. */
export function exploreBinding(safe: BindingSafeguards): {
  readonly states: number
  readonly broken: BindingPromise | undefined
  readonly trace: readonly string[]
} {
  const from = new Map<string, { readonly key: string; readonly name: string } | undefined>()
  from.set(JSON.stringify(START), undefined)
  const queue: BindingWorld[] = [START]
  for (const world of queue) {
    const key = JSON.stringify(world)
    for (const { name, world: after, broken } of bindingSteps(world, safe)) {
      if (broken !== undefined) {
        return { states: from.size, broken, trace: [...traceTo(key, from), name] }
      }
      const next = JSON.stringify(after)
      if (from.has(next)) continue
      from.set(next, { key, name })
      queue.push(after)
    }
  }
  return { states: from.size, broken: undefined, trace: [] }
}

function traceTo(
  key: string,
  from: ReadonlyMap<string, { readonly key: string; readonly name: string } | undefined>,
): string[] {
  const step = from.get(key)
  return step === undefined ? [] : [...traceTo(step.key, from), step.name]
}
