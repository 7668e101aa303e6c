/**
 * Sessions that are adopted from a library before: several requests of one browser, which has that library's cookie
 * and none of ours. All come to one id, so there is one hash, and the set of one value, on one node or on another
 * node of a cluster. Times of revocations are not numbers here: who joined before one remembers that it refuses.
 */
import type { Step } from './explore-steps.js'

/** Parts of the protocol, each of which keeps out one fault. */
export interface AdoptionSafeguards {
  /** An adopted id is not created again once its session has ended. */
  readonly marks: boolean
  /** The script that creates the session says so, not a later one. */
  readonly marksAtOnce: boolean
  /** Where the old store has no session (any more), ours is looked up once more. */
  readonly looksAgain: boolean
  /** The old session is ended after ours was created, not before. */
  readonly endsOldLast: boolean
  /** Adopting joins as a request that began before every revokeAll. */
  readonly beganBeforeAll: boolean
  /** A revocation time stands as long as old sessions may live. */
  readonly revocationStands: boolean
  /** On a cluster, pruning leaves a tombstone first: a derived id tells no age. */
  readonly buriesBeforePruning: boolean
}

export const ADOPTION_SAFEGUARDS: AdoptionSafeguards = {
  marks: true,
  marksAtOnce: true,
  looksAgain: true,
  endsOldLast: true,
  beganBeforeAll: true,
  revocationStands: true,
  buriesBeforePruning: true,
}

export const ADOPTION_PROMISES = {
  ended: 'a session that has ended is not adopted again',
  revoked: 'once revokeAll has resolved, nobody is signed in by an old session of that value',
  found: 'the set holds a living session',
  known: 'a visitor whose session lives is not taken for nobody',
} as const

export type AdoptionPromise = keyof typeof ADOPTION_PROMISES

/**
 * One request. `look`: is there a session of ours; `load`: is there an old one; `join`, `create`, `confirm`: the
 * protocol's steps; `mark`: the mark, where it does not come with the creation; `done`: end the old session.
 */
type Stage =
  | 'idle'
  | 'look'
  | 'load'
  | 'end old'
  | 'join'
  | 'create'
  | 'mark'
  | 'confirm'
  | 'done'
  | 'look again'
  | 'over'

interface Request {
  readonly stage: Stage
  /** Whether a revokeAll began after this request did. */
  readonly overtaken: boolean
  /** Whether a revokeAll met its id in the set before it created the session. */
  readonly refused: boolean
}

export interface AdoptionWorld {
  /** Our session's secret: the derived one, or a renewed one. */
  readonly live: '' | 'derived' | 'renewed'
  readonly mark: boolean
  /** The tombstone of a young session, and of pruning. */
  readonly buried: boolean
  readonly set: boolean
  /** Whether the old store has the old session. */
  readonly old: boolean
  readonly everEnded: boolean
  /** The revocation time. */
  readonly revocation: boolean
  readonly revoking: 'idle' | 'walk' | 'end' | 'resolved'
  readonly pruning: 'idle' | 'bury' | 'leave' | 'over'
  readonly requests: readonly Request[]
}

type AdoptionStep = Step<AdoptionWorld, AdoptionPromise>

const IDLE: Request = { stage: 'idle', overtaken: false, refused: false }

export const START: AdoptionWorld = {
  live: '',
  mark: false,
  buried: false,
  set: false,
  old: true,
  everEnded: false,
  revocation: false,
  revoking: 'idle',
  pruning: 'idle',
  requests: [IDLE, IDLE, IDLE],
}

/** What may happen next. Each is one command, one script, or one call of the old store. */
export function adoptionSteps(
  world: AdoptionWorld,
  safe: AdoptionSafeguards,
  cluster: boolean,
): AdoptionStep[] {
  const steps = [
    ...requestSteps(world, safe, cluster),
    ...revokeSteps(world, cluster),
    ...pruneSteps(world, safe, cluster),
    ...ownerSteps(world),
    ...timeSteps(world, safe),
  ]
  return steps.map((step) => ({ ...step, broken: step.broken ?? brokenBy(world, step.world) }))
}

function brokenBy(before: AdoptionWorld, after: AdoptionWorld): AdoptionPromise | undefined {
  if (after.live === '') return undefined
  if (before.live === '' && before.everEnded) return 'ended'
  if (after.revoking === 'resolved') return 'revoked'
  return after.set ? undefined : 'found'
}

function requestSteps(
  world: AdoptionWorld,
  safe: AdoptionSafeguards,
  cluster: boolean,
): AdoptionStep[] {
  // All are alike, so the first of a kind stands for the others.
  const kinds = new Set<string>()
  return world.requests.flatMap((request, i) => {
    const kind = JSON.stringify(request)
    if (kinds.has(kind) || request.stage === 'over') return []
    kinds.add(kind)
    const to = (stage: Stage, changed: Partial<AdoptionWorld> = {}): AdoptionWorld => {
      const after = { ...world, ...changed }
      const requests = after.requests.with(i, { ...request, stage })
      return { ...after, requests: requests.toSorted((a, b) => (order(a) < order(b) ? -1 : 1)) }
    }
    const next = nextOf(world, request, to, safe, cluster)
    const crash = { name: `a request breaks off (${request.stage})`, world: to('over') }
    return request.stage === 'idle' ? [next] : [next, crash]
  })
}

function order(request: Request): string {
  return JSON.stringify(request)
}

function nextOf(
  world: AdoptionWorld,
  { stage, overtaken, refused }: Request,
  to: (stage: Stage, changed?: Partial<AdoptionWorld>) => AdoptionWorld,
  safe: AdoptionSafeguards,
  cluster: boolean,
): AdoptionStep {
  const { live, old, revocation } = world
  const write = cluster ? 'join' : 'create'
  const nobody = (name: string): AdoptionStep => {
    const isFalse = !world.everEnded && world.revoking === 'idle'
    return { name: `${name}: nobody`, world: to('over'), broken: isFalse ? 'known' : undefined }
  }
  const refuses = revocation && (safe.beganBeforeAll || overtaken)
  switch (stage) {
    case 'idle':
      return { name: 'a request begins', world: to('look') }
    case 'look':
      return { name: `look up ours: ${live}`, world: to(live === '' ? 'load' : 'over') }
    case 'load':
      if (old) {
        const after = safe.endsOldLast ? write : 'end old'
        return { name: 'load the old session', world: to(after) }
      }
      if (safe.looksAgain) return { name: 'the old session is gone', world: to('look again') }
      return nobody('the old session is gone')
    case 'look again':
      if (live !== '') return { name: 'look up ours again', world: to('over') }
      return nobody('look up ours again')
    case 'end old':
      return { name: 'end the old session', world: to(write, { old: false }) }
    case 'join':
      if (refuses) return { name: 'the set refuses', world: to('look again') }
      return { name: 'join the set', world: to('create', { set: true }) }
    case 'create':
      return create()
    case 'mark':
      return { name: 'mark the id', world: to(cluster ? 'confirm' : 'done', { mark: true }) }
    case 'confirm':
      return { name: 'join the set again', world: to('done', { set: true }) }
    default:
      return { name: 'end the old session', world: to('over', { old: false }) }
  }

  function create(): AdoptionStep {
    if (live === 'derived') return { name: 'create: done already', world: to('done') }
    if (live === 'renewed')
      return { name: 'create: its secret is another', world: to('look again') }
    if (world.mark) return nobody('create: it ended')
    if (world.buried) return { name: 'create: a tombstone, try again', world: to('over') }
    if (refused || (!cluster && refuses)) {
      return { name: 'create: revoked', world: to('look again') }
    }
    const created = { live: 'derived' as const, set: cluster ? world.set : true }
    const later = !safe.marks ? (cluster ? 'confirm' : 'done') : 'mark'
    return safe.marks && safe.marksAtOnce
      ? { name: 'create', world: to(cluster ? 'confirm' : 'done', { ...created, mark: true }) }
      : { name: 'create', world: to(later, created) }
  }
}

function revokeSteps(world: AdoptionWorld, cluster: boolean): AdoptionStep[] {
  const { revoking, live, set } = world
  switch (revoking) {
    case 'idle': {
      const requests = world.requests.map((one) => ({ ...one, overtaken: one.stage !== 'idle' }))
      const after = { ...world, revocation: true, revoking: 'walk' as const, requests }
      return [{ name: 'revokeAll begins', world: after }]
    }
    case 'walk': {
      const next = { ...world, revoking: set ? ('end' as const) : ('resolved' as const) }
      return [{ name: 'revokeAll reads the set', world: next }]
    }
    case 'end': {
      const resolved = { ...world, revoking: 'resolved' as const }
      if (live !== '') {
        const after = { ...resolved, live: '' as const, everEnded: true, buried: true }
        return [
          { name: 'revokeAll ends the session', world: cluster ? after : { ...after, set: false } },
        ]
      }
      const requests = world.requests.map((one) =>
        one.stage === 'create' ? { ...one, refused: true } : one,
      )
      return [{ name: 'revokeAll finds no session', world: { ...resolved, requests } }]
    }
    case 'resolved':
      return []
  }
}

function pruneSteps(
  world: AdoptionWorld,
  safe: AdoptionSafeguards,
  cluster: boolean,
): AdoptionStep[] {
  const { pruning, live, set } = world
  if (!set || pruning === 'over') return []
  switch (pruning) {
    case 'idle': {
      if (live !== '') return []
      if (!cluster) return [{ name: 'prune', world: { ...world, set: false } }]
      const next = safe.buriesBeforePruning ? ('bury' as const) : ('leave' as const)
      return [{ name: 'prune: the session is missing', world: { ...world, pruning: next } }]
    }
    case 'bury': {
      const after =
        live === '' ? { buried: true, pruning: 'leave' as const } : { pruning: 'over' as const }
      return [{ name: 'prune: leave a tombstone', world: { ...world, ...after } }]
    }
    case 'leave':
      return [{ name: 'prune: take it out', world: { ...world, set: false, pruning: 'over' } }]
  }
}

function ownerSteps(world: AdoptionWorld): AdoptionStep[] {
  const { live } = world
  if (live === '') return []
  const ended = { ...world, live: '' as const, everEnded: true }
  return [
    { name: 'its owner signs out', world: { ...ended, buried: true } },
    { name: 'it expires', world: ended },
    ...(live === 'derived'
      ? [{ name: 'its secret is renewed', world: { ...world, live: 'renewed' as const } }]
      : []),
  ]
}

function timeSteps(world: AdoptionWorld, safe: AdoptionSafeguards): AdoptionStep[] {
  const steps: AdoptionStep[] = []
  if (world.buried) {
    // A write that joined its set a minute ago is refused, and a call to prune is over.
    const requests = world.requests.map((one) =>
      one.stage === 'create' || one.stage === 'confirm' ? { ...one, stage: 'over' as const } : one,
    )
    const pruning = world.pruning === 'idle' ? world.pruning : ('over' as const)
    steps.push({ name: 'a minute', world: { ...world, requests, pruning, buried: false } })
  }
  if (world.revocation && world.revoking === 'resolved' && !safe.revocationStands) {
    const requests = world.requests.map((one) =>
      one.stage === 'idle' ? one : { ...one, stage: 'over' as const },
    )
    steps.push({ name: 'an hour', world: { ...world, requests, revocation: false } })
  }
  return steps
}
