/**
 * A process that watches a session, beside others that do: its subscription, its checks, the mark in the session's
 * hash, and the messages of the scripts that end, renew or shorten the session. Like `device-binding.ts` it knows no sets. What takes milliseconds is
 * done before time goes by: a tick is half the time between two checks.
 */
import type { Step } from './explore-steps.js'

const CHECK_TICKS = 2
const MARK_TICKS = 3

/** Parts of the protocol, each of which keeps out one fault. */
export interface WatchingSafeguards {
  /** A session is checked after the server has acknowledged the subscription. */
  readonly waitsForAcknowledgement: boolean
  /** One script checks and marks. */
  readonly marksInTheCheck: boolean
  /** Nothing is marked but a session. */
  readonly marksOnlySessions: boolean
  /** The mark stands for longer than the time between two checks. */
  readonly marksOutlastChecks: boolean
  /** Each check renews the mark, not the first one alone. */
  readonly checksRenewTheMark: boolean
  /** Where Redis refuses the mark, the session is checked again soon. */
  readonly checksAgainUnmarked: boolean
  /** A process that stops watching leaves the mark, which may be another's. */
  readonly leavesTheMark: boolean
  /** The script that ends the session reads the mark, not a command before it. */
  readonly endsReadTheMark: boolean
  /** Renewals and shortened lives are published, too. */
  readonly publishesChanges: boolean
  /** After the connection was lost, sessions are checked and not only subscribed to. */
  readonly checksAfterReconnect: boolean
  /** Sessions are checked now and then, though nothing was heard. */
  readonly checksEachMinute: boolean
}

export const WATCHING_SAFEGUARDS: WatchingSafeguards = {
  waitsForAcknowledgement: true,
  marksInTheCheck: true,
  marksOnlySessions: true,
  marksOutlastChecks: true,
  checksRenewTheMark: true,
  checksAgainUnmarked: true,
  leavesTheMark: true,
  endsReadTheMark: true,
  publishesChanges: true,
  checksAfterReconnect: true,
  checksEachMinute: true,
}

export const WATCHING_PROMISES = {
  told: 'once nothing is under way, a watcher knows what became of its session',
  minute: 'where a message was lost, it knows by the next check',
  ended: 'a check makes no session',
} as const

export type WatchingPromise = keyof typeof WATCHING_PROMISES

interface Session {
  readonly secret: number
  readonly life: 'long' | 'short' | 'over'
}

/**
 * `subscribe`, `check`, `mark`: what is sent next, or under way; `reply`: the script has run; `again`: the check told
 * nothing, or it has to be repeated soon; `reopen`: the connection was lost; `settled`: it waits for messages.
 */
type Stage = 'off' | 'subscribe' | 'check' | 'mark' | 'reply' | 'again' | 'reopen' | 'settled'

interface Process {
  readonly stage: Stage
  /** `dead`: the connection is lost, and does not show it. */
  readonly channel: 'none' | 'asked' | 'on' | 'dead'
  /** Whether a message waits for it. */
  readonly heard: boolean
  /** What the session was when its watcher came, and by each reply since. */
  readonly knows: Session
  /** The reply under way. */
  readonly seen: Session
  readonly marked: boolean
  /** Ticks until it checks again. */
  readonly timer: number
  /** Whether messages may be missing since its last check: the mark was lost, or the connection is dead. */
  readonly excused: boolean
  /** For how many ticks it has not known what became of the session, though its checks work. */
  readonly late: number
}

export interface WatchingWorld {
  readonly session: Session
  /** Ticks that the mark stands. */
  readonly mark: number
  /** Without `endsReadTheMark`: what an end under way has read. */
  readonly read: '' | 'watched' | 'unwatched'
  readonly process: Process
}

type WatchingStep = Step<WatchingWorld, WatchingPromise>

const BORN: Session = { secret: 0, life: 'long' }
const OFF: Process = {
  stage: 'off',
  channel: 'none',
  heard: false,
  knows: BORN,
  seen: BORN,
  marked: false,
  timer: 0,
  excused: false,
  late: 0,
}

/** What is of no use any more once a check begins, or has failed. */
const WAITING = { seen: BORN, timer: 0, late: 0 } as const

export const START: WatchingWorld = { session: BORN, mark: 0, read: '', process: OFF }

/** What may happen next. Each is one command, one script, one message, or a tick. */
export function watchingSteps(world: WatchingWorld, safe: WatchingSafeguards): WatchingStep[] {
  const steps = [
    ...processSteps(world, safe),
    ...others(world, safe),
    ...changes(world, safe),
    ...(isQuiet(world) ? ticks(world, safe) : []),
  ]
  return steps.map((step) => ({ ...step, broken: step.broken ?? brokenBy(step.world) }))
}

const isSame = (a: Session, b: Session): boolean => a.secret === b.secret && a.life === b.life

function isQuiet({ process: { stage, channel, heard }, read }: WatchingWorld): boolean {
  const rests = ['off', 'settled', 'again', 'reopen'].includes(stage)
  return rests && channel !== 'asked' && !heard && read === ''
}

function brokenBy(world: WatchingWorld): WatchingPromise | undefined {
  const { stage, excused, knows, late } = world.process
  if (late > CHECK_TICKS) return 'minute'
  const isWrong = stage === 'settled' && !excused && !isSame(knows, world.session)
  return isWrong && isQuiet(world) ? 'told' : undefined
}

function processSteps(world: WatchingWorld, safe: WatchingSafeguards): WatchingStep[] {
  const { session, process: one } = world
  const to: To = (changed, rest = {}) => ({ ...world, ...rest, process: { ...one, ...changed } })
  if (one.stage === 'off') {
    if (session.life === 'over') return []
    // Its request has just read the session.
    const watching = { ...OFF, knows: { ...session, life: 'long' as const } }
    return [{ name: 'the process watches', world: to({ ...watching, ...begin(watching, safe) }) }]
  }
  const left = safe.leavesTheMark ? {} : { mark: 0 }
  const steps: WatchingStep[] = [{ name: 'it stops watching', world: to(OFF, left) }]
  if (one.heard && (one.stage === 'settled' || one.stage === 'again')) {
    const checking = to({ ...WAITING, heard: false, stage: 'check' })
    steps.push({ name: 'it hears a message', world: checking })
  }
  const isSubscribing = one.stage === 'subscribe'
  if (one.channel === 'asked' || (isSubscribing && one.channel === 'on')) {
    const subscribed = to({ channel: 'on', stage: isSubscribing ? 'check' : one.stage })
    steps.push({ name: 'its subscription is acknowledged', world: subscribed })
  }
  return [...steps, ...checks(world, to, safe), ...failures(one, to)]
}

/** Other processes that watch the session: to this one they are no more than the mark. */
function others(world: WatchingWorld, safe: WatchingSafeguards): WatchingStep[] {
  const { session, mark, process } = world
  const steps: WatchingStep[] = []
  if (session.life !== 'over') {
    const marked = { ...world, mark: safe.marksOutlastChecks ? MARK_TICKS : CHECK_TICKS - 1 }
    steps.push({ name: 'another process checks', world: marked })
  }
  if (mark > 0 && !safe.leavesTheMark) {
    steps.push({ name: 'another process stops watching', world: { ...world, mark: 0 } })
  }
  if (mark > 0) {
    const lost = { ...world, mark: 0, process: { ...process, excused: true } }
    steps.push({ name: 'a failover, or a jump of the clock, loses the mark', world: lost })
  }
  return steps
}

type To = (changed: Partial<Process>, rest?: Partial<WatchingWorld>) => WatchingWorld

function failures({ stage, channel }: Process, to: To): WatchingStep[] {
  const steps: WatchingStep[] = []
  const lost = { channel: 'none', heard: false } as const
  if (stage === 'subscribe') {
    steps.push({ name: 'it cannot subscribe', world: to({ ...lost, stage: 'check' }) })
  }
  if (stage === 'check' || stage === 'reply') {
    steps.push({ name: `its check fails (${stage})`, world: to({ ...WAITING, stage: 'again' }) })
  }
  if (channel === 'on') {
    const reopen = to({ ...WAITING, ...lost, stage: 'reopen' })
    steps.push({ name: 'its connection is lost', world: reopen })
    const dead = to({ channel: 'dead', heard: false, excused: true })
    steps.push({ name: 'its connection dies without showing it', world: dead })
  }
  return steps
}

/** Subscribes, and then checks. */
function begin({ channel }: Process, safe: WatchingSafeguards): Partial<Process> {
  const asked = channel === 'none' ? 'asked' : channel
  return { channel: asked, stage: safe.waitsForAcknowledgement ? 'subscribe' : 'check' }
}

function checks(
  { session, process: one }: WatchingWorld,
  to: To,
  safe: WatchingSafeguards,
): WatchingStep[] {
  const lives = session.life !== 'over'
  const most = safe.marksOutlastChecks ? MARK_TICKS : CHECK_TICKS - 1
  const renews = safe.checksRenewTheMark || !one.marked
  const marking = renews && lives ? { mark: most } : {}
  const ran = { stage: 'reply', seen: session, excused: one.channel === 'dead' } as const
  switch (one.stage) {
    case 'check': {
      const broken = lives || safe.marksOnlySessions ? undefined : 'ended'
      const run = safe.marksInTheCheck
        ? to({ ...ran, marked: true }, marking)
        : to({ ...ran, stage: 'mark' })
      const name = 'its check runs, and the mark is refused'
      return [
        { name: 'its check runs', world: run, broken },
        { name, world: to({ ...ran, marked: false }) },
      ]
    }
    case 'mark':
      return [{ name: 'it marks', world: to({ stage: 'reply', marked: true }, marking) }]
    case 'reply':
      return [{ name: 'the reply comes', world: to(learned(one, safe)) }]
    case 'again':
      return [{ name: 'it checks again', world: to(begin(one, safe)) }]
    case 'reopen': {
      const settled = { channel: 'on', stage: 'settled' } as const
      const next = safe.checksAfterReconnect ? begin(one, safe) : settled
      return [{ name: 'it connects again', world: to(next) }]
    }
    default:
      return []
  }
}

function learned(one: Process, safe: WatchingSafeguards): Partial<Process> {
  const { seen, knows, channel, marked } = one
  // The watcher is told, and was the only one.
  if (seen.life === 'over' || seen.secret !== knows.secret) return OFF
  const isCovered = channel !== 'none' && (marked || !safe.checksAgainUnmarked)
  if (!isCovered) return { ...WAITING, knows: seen, stage: 'again' }
  return { ...WAITING, knows: seen, timer: CHECK_TICKS, stage: 'settled' }
}

/** The scripts of other calls. Each publishes where the mark stands. */
function changes(world: WatchingWorld, safe: WatchingSafeguards): WatchingStep[] {
  const { session, mark, read, process } = world
  if (session.life === 'over') return []
  const change = (name: string, changed: Partial<Session>, publishes: boolean): WatchingStep => {
    const heard = process.heard || (publishes && process.channel === 'on')
    const after = { ...session, ...changed }
    return { name, world: { ...world, session: after, read: '', process: { ...process, heard } } }
  }
  const ends = (publishes: boolean) => change('the session ends', { life: 'over' }, publishes)
  const steps: WatchingStep[] = []
  if (safe.endsReadTheMark) steps.push(ends(mark > 0))
  else if (read === '') {
    const found = mark > 0 ? 'watched' : 'unwatched'
    steps.push({ name: `an end reads the mark: ${found}`, world: { ...world, read: found } })
  } else steps.push(ends(read === 'watched'))
  const told = mark > 0 && safe.publishesChanges
  if (session.secret === 0) steps.push(change('its secret is renewed', { secret: 1 }, told))
  if (session.life === 'long') steps.push(change('its life is shortened', { life: 'short' }, told))
  return steps
}

function ticks(world: WatchingWorld, safe: WatchingSafeguards): WatchingStep[] {
  const { session } = world
  const later = (after: Session): WatchingWorld => {
    const tick = (one: Process): Process => {
      if (one.stage !== 'settled') return one
      const late = isSame(one.knows, after) ? 0 : one.late + 1
      const timer = Math.max(0, one.timer - 1)
      // Nothing is published where a session expires: the process checks it when it knows that to be.
      const expires = one.knows.life === 'short' && after.life === 'over'
      const isDue = expires || (safe.checksEachMinute && timer === 0)
      return { ...one, late, timer, ...(isDue ? begin(one, safe) : {}) }
    }
    const mark = Math.max(0, world.mark - 1)
    return { ...world, session: after, mark, process: tick(world.process) }
  }
  const steps: WatchingStep[] = [{ name: 'a tick', world: later(session) }]
  if (session.life === 'short') {
    const expired = later({ ...session, life: 'over' })
    steps.push({ name: 'a tick, and the session expires', world: expired })
  }
  return steps
}
