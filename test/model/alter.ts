/** How a variant of a protocol is made: by doing one of its steps in another way. */
import type { Operation, StepName } from './operation.js'
import { type Outcome, type Protocol, type Step, stepOf, type Steps } from './step.js'
import type { World } from './world.js'

export function altered(protocol: Protocol, steps: Steps): Protocol {
  return { ...protocol, steps: { ...protocol.steps, ...steps } }
}

type Given = Parameters<Step['run']>

/** A step that is run in another way. */
export function rerun(
  protocol: Protocol,
  name: StepName,
  run: (step: Step, ...given: Given) => Outcome[],
): Protocol {
  const step = stepOf(protocol, name)
  return altered(protocol, {
    [name]: { stands: step.stands, run: (...given: Given) => run(step, ...given) },
  })
}

/** A step of which something else becomes. */
export function instead(
  protocol: Protocol,
  name: StepName,
  change: (outcome: Outcome, before: World, taken: Operation) => Outcome | readonly Outcome[],
): Protocol {
  return rerun(protocol, name, (step, world, taken, settings) =>
    step.run(world, taken, settings).flatMap((outcome) => change(outcome, world, taken)),
  )
}

/**
 * A step that takes two commands: the first one looks, and the second does it, when what was seen
 * may no longer be true. Seen nothing ('') it does not do it.
 */
export function inTwo(
  protocol: Protocol,
  name: StepName,
  look: (world: World, taken: Operation) => string,
  act: (world: World, taken: Operation, seen: string) => readonly [World, Operation],
): Protocol {
  return rerun(protocol, name, (step, world, taken, settings) => {
    if (taken.note !== '') return step.run(...act(world, taken, taken.note), settings)
    const note = look(world, taken)
    return [{ world, reply: 'looks first', ...(note !== '' && { next: { ...taken, note } }) }]
  })
}
