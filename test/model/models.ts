/** The models that the tests explore, and what they print. README.md says how to explore more. */
import { explore, type Options, type Report } from './explore.js'
import type { Protocol } from './protocol.js'
import type { Model } from './transitions.js'
import { ALL_CALLS, initialWorlds, possibleCalls, type Workload } from './workload.js'
import { emptyWorld, type Settings } from './world.js'

const { MODEL_OPERATIONS, MODEL_TRACE } = process.env

/** The most calls on one session. */
export const OPERATIONS = Number(MODEL_OPERATIONS ?? 4)

/** The most calls on two sessions. A fourth one would take hours and all memory. */
export const ON_TWO = Math.min(OPERATIONS - 1, 3)

/** Whether nothing is left out. */
export const EVERYTHING = MODEL_OPERATIONS !== undefined

/** One session with one reference, without a clock. */
export const ONE: Settings = { sessions: 1, values: ['A', 'B'] }

export const TWO: Settings = { sessions: 2, values: ['A', 'B'], rotates: false }

/**
 * Sessions have only their sets in common. Secrets, and fields that are not references, are explored on one
 * session, and on two only where nothing is left out.
 */
export const FEW_CALLS: Workload = {
  ...ALL_CALLS,
  updates: ['A', 'B', 'unset'],
  guards: ['current'],
}

/** One session with two references. A call may last half as long as a session. */
export const TIMED = {
  sessions: 1,
  values: ['A', 'B', 'C'],
  clock: { maxAge: 2, ownMaxAges: [1, 3], timeout: 1 },
} as const satisfies Settings

/** Only what matters to times: no secrets, and no fields but references. */
export const TIMED_CALLS: Workload = {
  ...ALL_CALLS,
  creates: ['A'],
  updates: ['A', 'B', 'C', 'unset', 'touch'],
  guards: ['operator'],
}

function defaultWorkload({ clock, sessions }: Settings): Workload {
  if (clock !== undefined) return TIMED_CALLS
  return sessions === 1 || EVERYTHING ? ALL_CALLS : FEW_CALLS
}

/** A model, but for the number of operations. */
export function modelOf(
  protocol: Protocol,
  settings: Settings,
  workload: Workload = defaultWorkload(settings),
): Pick<Model, 'protocol' | 'settings' | 'begins' | 'worlds'> {
  const used: Workload = {
    ...workload,
    updates: workload.updates.filter((change) => change !== 'C' || settings.values.includes('C')),
  }
  return {
    protocol,
    settings,
    begins: possibleCalls(used, protocol, settings),
    worlds: settings.clock === undefined ? initialWorlds(settings) : [emptyWorld(settings)],
  }
}

/** Explores a model and prints its size, and with MODEL_TRACE the way to what is broken. */
export function exploreAndReport(name: string, model: Model, options: Options = {}): Report {
  const started = performance.now()
  const report = explore(model, options)
  const { states, transitions, schedules, worlds, broken, trace } = report
  const numbers = [
    `${states.toLocaleString('en')} states`,
    `${transitions.toLocaleString('en')} transitions`,
    `${worlds} worlds`,
    ...(schedules === undefined ? [] : [`${schedules.toPrecision(3)} schedules`]),
    `${((performance.now() - started) / 1000).toFixed(1)} s`,
  ]
  const found = broken === undefined ? '' : `, "${broken}" is broken`
  const shown = MODEL_TRACE === undefined ? [] : (trace ?? [])
  if (broken === undefined || shown.length > 0) {
    console.info([`${name}: ${numbers.join(', ')}${found}`, ...shown].join('\n'))
  }
  return report
}
