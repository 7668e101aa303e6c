/** Makes a variant of a protocol, by changing one of its steps. */
import type { Operation, StepName } from './operation.js'
import { type Outcome, type Protocol, type Step, stepOf, type Steps } from './protocol.js'
import type { World } from './world.js'

export function withSteps(protocol: Protocol, steps: Steps): Protocol {
  return { ...protocol, steps: { ...protocol.steps, ...steps } }
}

type Given = Parameters<Step['run']>

export function wrapStep(
  protocol: Protocol,
  name: StepName,
  run: (step: Step, ...given: Given) => Outcome[],
): Protocol {
  const step = stepOf(protocol, name)
  return withSteps(protocol, { [name]: { run: (...given: Given) => run(step, ...given) } })
}

export function changeOutcomes(
  protocol: Protocol,
  name: StepName,
  change: (outcome: Outcome, before: World, taken: Operation) => Outcome | readonly Outcome[],
): Protocol {
  return wrapStep(protocol, name, (step, world, taken, settings) =>
    step.run(world, taken, settings).flatMap((outcome) => change(outcome, world, taken)),
  )
}

/**
 * Splits a step into two commands: the first one reads, the second one acts on what was read, which may no
 * longer be true. Where the first reads nothing (''), there is no second one.
 */
export function splitStep(
  protocol: Protocol,
  name: StepName,
  read: (world: World, taken: Operation) => string,
  act: (world: World, taken: Operation, memo: string) => readonly [World, Operation],
): Protocol {
  return wrapStep(protocol, name, (step, world, taken, settings) => {
    if (taken.memo !== '') return step.run(...act(world, taken, taken.memo), settings)
    const memo = read(world, taken)
    return [{ world, reply: 'reads first', ...(memo !== '' && { next: { ...taken, memo } }) }]
  })
}
