/** What the tests explore, and how they tell about it. README.md says how to run more. */
import { begins, beginnings, type Calls, CALLS } from './calls.js'
export { type Calls, CALLS } from './calls.js'
import { explore, type Options, type Report } from './explore.js'
import type { Model } from './moves.js'
import type { Protocol } from './step.js'
import { emptyWorld, type Settings, withSession, type World } from './world.js'

const { MODEL_OPERATIONS, MODEL_TRACE } = process.env

/** How many calls there are at most on one session; by default four. */
export const OPERATIONS = Number(MODEL_OPERATIONS ?? 4)

/** And on two: three. A fourth one would take hours and all memory. */
export const ON_TWO = Math.min(OPERATIONS - 1, 3)

/** Whether to leave nothing out. */
export const WHOLE = MODEL_OPERATIONS !== undefined

/** One session, of one reference, without a clock. */
export const ONE: Settings = { sessions: 1, values: ['A', 'B'] }

export const TWO: Settings = { sessions: 2, values: ['A', 'B'], rotates: false }

/**
 * What sessions have to do with each other: their sets. A secret, and a field that is no reference,
 * are nobody else's; they are explored on one session, and on two only where nothing is left out.
 */
export const FEW_CALLS: Calls = {
  ...CALLS,
  updates: ['A', 'B', 'unset'],
  guards: ['current'],
}

/** One session with two references. Calls may take half as long as a session lives. */
export const TIMED = {
  sessions: 1,
  values: ['A', 'B', 'C'],
  clock: { maxAge: 2, own: [1, 3], timeout: 1 },
} as const satisfies Settings

/** What matters to times: no secrets, and no fields but references. */
export const TIMED_CALLS: Calls = {
  ...CALLS,
  creates: ['A'],
  updates: ['A', 'B', 'C', 'unset', 'touch'],
  guards: ['operator'],
}

function usual({ clock, sessions }: Settings): Calls {
  if (clock !== undefined) return TIMED_CALLS
  return sessions === 1 || WHOLE ? CALLS : FEW_CALLS
}

/** Calls that may begin. */
export function calling(
  protocol: Protocol,
  settings: Settings,
  calls: Calls = usual(settings),
): Pick<Model, 'protocol' | 'settings' | 'begins' | 'worlds'> {
  const used: Calls = {
    ...calls,
    updates: calls.updates.filter((change) => change !== 'C' || settings.values.includes('C')),
  }
  return {
    protocol,
    settings,
    begins: begins(used, protocol, settings),
    worlds: settings.clock === undefined ? beginnings(settings) : [emptyWorld(settings)],
  }
}

/** The same worlds, but no id is young. */
export function aged(worlds: readonly World[]): World[] {
  return worlds.map((world) =>
    world.sessions.reduce((after, _, id) => withSession(after, id, { young: false }), world),
  )
}

/** Explores a model and says what was explored; with MODEL_TRACE also the way to what is broken. */
export function check(name: string, model: Model, options: Options = {}): Report {
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
