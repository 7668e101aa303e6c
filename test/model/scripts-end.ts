/** The scripts that end sessions, and those of revocation times. */
import type { HiddenEffects } from './effects.js'
import type { Safeguards } from './safeguards.js'
import type { JoinRefusal } from './scripts.js'
import {
  hasValue,
  inSet,
  isLive,
  type Session,
  sessionOf,
  type Settings,
  type Value,
  valuesOf,
  withDead,
  withRevocationTime,
  withSession,
  type World,
} from './world.js'

/** What a script does that refuses a sign-in by a revocation time in the future. */
export function meetRevocation(
  world: World,
  value: Value,
  no: JoinRefusal,
  { setsBackRevocations }: Safeguards,
): { world: World; effects: HiddenEffects } {
  const ahead = no.status === 'revoked' && no.ahead === true
  if (!ahead || world.revocationTimes[value] !== 'future') return { world, effects: {} }
  const time = setsBackRevocations ? 'past' : 'met'
  return { world: withRevocationTime(world, value, time), effects: { revocationMet: value } }
}

export interface EndedSession {
  readonly world: World
  readonly left: readonly Value[]
}

/**
 * DELETE_SESSION, EVICT_ONE_NODE, EVICT_CLUSTER, REVOKE_CLUSTER, and REVOKE_PAGE for each of its sessions.
 * `only`: ends it only if it has this value. `by`: what records the end where a creation may be resent.
 */
export function endSession(
  world: World,
  id: number,
  only?: Value,
  by: Session['ended'] = 'tombstone',
): EndedSession | undefined {
  if (!isLive(world, id) || (only !== undefined && !hasValue(world, id, only))) return undefined
  const { young } = sessionOf(world, id)
  return { world: withDead(world, id, young ? by : ''), left: valuesOf(sessionOf(world, id)) }
}

/** BEGIN_REVOCATION, without the page that it reads: refuses requests that began before it. */
export function beginRevocation(
  world: World,
  value: Value,
  { failsOver }: Settings,
): { world: World; effects: HiddenEffects } {
  const effects = { revocationOf: value }
  if (failsOver !== 'hours behind') return { world, effects }
  // Later than the last one, whatever the clock says.
  const ahead = ['future', 'met'].includes(world.revocationTimes[value])
  return { world: withRevocationTime(world, value, ahead ? 'future' : 'past'), effects }
}

/** On a cluster: BURY_MISSING leaves a tombstone where there is no hash. */
export function buryMissing(world: World, id: number): World {
  const { phase, young, ended } = sessionOf(world, id)
  const mayBeCreated = phase === 'making' || (phase === 'dead' && young)
  if (!mayBeCreated || ended === 'tombstone') return world
  return withSession(world, id, { ended: 'tombstone' })
}

/** SCAN_SET: the members of a part of the set. */
export function scanSet(world: World, value: Value, part: readonly number[]): number[] {
  return part.filter((id) => inSet(world, id, value))
}
