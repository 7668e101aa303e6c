/** One thing that may happen next, and the promise that it breaks. */
export interface Step<World, Promise extends string> {
  readonly name: string
  readonly world: World
  readonly broken?: Promise | undefined
}

interface Found<Promise extends string> {
  readonly states: number
  readonly broken: Promise | undefined
  /** A shortest way to what is broken. */
  readonly trace: readonly string[]
}

type From = Map<string, { readonly key: string; readonly name: string } | undefined>

/** Every world that can be reached from one, breadth-first, until a promise is broken. */
export function exploreSteps<World, Promise extends string>(
  start: World,
  stepsOf: (world: World) => readonly Step<World, Promise>[],
): Found<Promise> {
  const from: From = new Map([[JSON.stringify(start), undefined]])
  const queue: World[] = [start]
  for (const world of queue) {
    const key = JSON.stringify(world)
    for (const { name, world: after, broken } of stepsOf(world)) {
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

function traceTo(key: string, from: From): string[] {
  const step = from.get(key)
  return step === undefined ? [] : [...traceTo(step.key, from), step.name]
}
