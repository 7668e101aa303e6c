/**
 * Sessions that are bound to a device: one session, its browser, and a thief who copies what the browser has. Unlike
 * the rest of the model it knows no sets: a binding is a part of the hash, which one script sees at once. A tick is
 * what a challenge is good for; a proof lasts for `PROOF_TICKS` of them.
 */
import type { Step } from './explore-steps.js'

export const PROOF_TICKS = 2

/** What the promise does not count any more, so all greater numbers are one. */
const LONG = PROOF_TICKS + 1

/** Parts of the protocol, each of which keeps out one fault. */
export interface BindingSafeguards {
  /** A proof's life counts from its challenge, not from the answer: a copied answer can be sent again. */
  readonly countsFromChallenge: boolean
  /** A proof is made with the session's own binding key. */
  readonly proofsAreOwn: boolean
  /** Writes check the proof, not reads alone. */
  readonly writesCheck: boolean
  /** A session takes no second key. */
  readonly firstKeyCounts: boolean
  /** The script that keeps a key checks that the cookie's secret is still the session's. */
  readonly bindChecksSecret: boolean
  /** A binding takes effect with the first request that brings a proof: the answer to a registration may be lost. */
  readonly waitsForProof: boolean
  /** What a sign-in as somebody else removes includes the binding. */
  readonly switchUnbinds: boolean
}

export const BINDING_SAFEGUARDS: BindingSafeguards = {
  countsFromChallenge: true,
  proofsAreOwn: true,
  writesCheck: true,
  firstKeyCounts: true,
  bindChecksSecret: true,
  waitsForProof: true,
  switchUnbinds: true,
}

type Party = 'browser' | 'thief'

export interface BindingWorld {
  readonly live: boolean
  /** Counts renewals; small numbers are enough. */
  readonly secret: number
  /** Counts the binding keys, each of one sign-in. */
  readonly binding: number
  readonly user: number
  /** Whose key the session has, and the user who was signed in when its registration began. */
  readonly key: '' | Party
  readonly keyOf: number
  /** Whether the binding has taken effect. */
  readonly inEffect: boolean
  /** Ticks since then. */
  readonly boundFor: number
  readonly browser: Holder
  readonly thief: Holder
  /** Ticks since the thief copied something. */
  readonly copiedFor: number
  /** Signed answers to challenges that the thief has copied: the age of the challenge, -1 for none. */
  readonly answer: number
  /** Registrations under way: the challenge has been checked, the script was not sent. */
  readonly registering: readonly Registration[]
}

interface Holder {
  /** Of its cookie; -1 for none. */
  readonly secret: number
  /** Ticks that its proof lasts, 0 for none, and the binding key that it was made with; -1: of another session. */
  readonly proof: number
  readonly proofOf: number
  /** The binding key for which it has a session of its own, with which it refreshes; -1 for none. */
  readonly registered: number
  /** The binding key of the registration challenge that it was sent, and the challenge's age. */
  readonly offer: number
  readonly offerAge: number
}

interface Registration {
  readonly by: Party
  readonly secret: number
  readonly user: number
}

export const BINDING_PROMISES = {
  stolen:
    'whoever holds only copies opens a bound session for as long as a proof lasts, and no longer',
  owned: 'once the browser’s key is kept, the session has no other',
  paired: 'a key belongs to the user who was signed in when its registration began',
  held: 'a key is kept only for the holder of the secret in force',
  open: 'the browser can open its session: with its key, and without one where its registration came to nothing',
} as const

export type BindingPromise = keyof typeof BINDING_PROMISES

type BindingStep = Step<BindingWorld, BindingPromise>

const NOBODY: Holder = { secret: -1, proof: 0, proofOf: 0, registered: -1, offer: -1, offerAge: 0 }

export const START: BindingWorld = {
  live: true,
  secret: 0,
  binding: 0,
  user: 0,
  key: '',
  keyOf: 0,
  inEffect: false,
  boundFor: LONG,
  browser: { ...NOBODY, secret: 0, offer: 0 },
  // The thief has a bound session of their own, whose proof never ends.
  thief: { ...NOBODY, proof: PROOF_TICKS, proofOf: -1 },
  copiedFor: LONG,
  answer: -1,
  registering: [],
}

/** How often secrets and binding keys change. */
const MOST_CHANGES = 1

/** What may happen next. Each is one script, or one answer. */
export function bindingSteps(world: BindingWorld, safe: BindingSafeguards): BindingStep[] {
  if (!world.live) return []
  return [
    ...uses(world, safe),
    ...refreshes(world, safe),
    ...registrations(world, safe),
    ...signIns(world, safe),
    ...thefts(world),
    { name: 'a tick', world: tick(world) },
  ]
}

function opens(
  world: BindingWorld,
  { secret, proof, proofOf }: Holder,
  { proofsAreOwn }: BindingSafeguards,
): boolean {
  if (secret !== world.secret) return false
  // Requests that were under way when the key was kept have no proof.
  if (!world.inEffect || world.boundFor === 0) return true
  return proof > 0 && (proofOf === world.binding || (proofOf === -1 && !proofsAreOwn))
}

/** Reads and writes by the thief, which change nothing here, and whether the browser can use its session. */
function uses(world: BindingWorld, safe: BindingSafeguards): BindingStep[] {
  const { key, inEffect, boundFor, copiedFor, thief, browser, secret } = world
  if (key !== 'browser' || !inEffect) return []
  const steps: BindingStep[] = []
  if (boundFor > 0 && copiedFor >= PROOF_TICKS) {
    if (opens(world, thief, safe)) steps.push({ name: 'the thief reads', world, broken: 'stolen' })
    const writes = safe.writesCheck ? opens(world, thief, safe) : thief.secret === secret
    if (writes) steps.push({ name: 'the thief writes', world, broken: 'stolen' })
  }
  const knows = browser.registered === world.binding
  const refreshed = knows ? { ...browser, proof: PROOF_TICKS, proofOf: world.binding } : browser
  if (browser.secret === secret && !opens(world, refreshed, safe)) {
    steps.push({ name: 'the browser reads', world, broken: 'open' })
  }
  return steps
}

/** The proof that an answer to a challenge of this age gets. */
function proofFor(age: number, safe: BindingSafeguards): number {
  return safe.countsFromChallenge ? Math.max(0, PROOF_TICKS - age) : PROOF_TICKS
}

function refreshes(world: BindingWorld, safe: BindingSafeguards): BindingStep[] {
  const { key, binding, browser, thief, answer } = world
  const steps: BindingStep[] = []
  if (key === 'browser' && browser.registered === binding) {
    const proven = { ...browser, proof: PROOF_TICKS, proofOf: binding }
    steps.push({ name: 'the browser refreshes', world: { ...world, browser: proven } })
    const seen = { ...world, browser: proven, answer: 0, copiedFor: 0 }
    steps.push({ name: 'the browser refreshes, and the thief copies its answer', world: seen })
  }
  const replayed = answer === -1 ? 0 : proofFor(answer, safe)
  if (key === 'browser' && replayed > thief.proof) {
    const proven = { ...thief, proof: replayed, proofOf: binding }
    steps.push({ name: 'the thief sends the answer again', world: { ...world, thief: proven } })
  }
  return steps
}

function registrations(world: BindingWorld, safe: BindingSafeguards): BindingStep[] {
  const steps: BindingStep[] = []
  for (const by of ['browser', 'thief'] as const) {
    const { secret, offer, offerAge } = world[by]
    const isFresh = offer === world.binding && offerAge <= 1
    const mayBegin = secret === world.secret && isFresh && world.registering.length < 2
    if (!mayBegin || world.registering.some((one) => one.by === by)) continue
    const begun = { by, secret, user: world.user }
    const registering = [...world.registering, begun]
    steps.push({ name: `the ${by}'s registration is checked`, world: { ...world, registering } })
  }
  for (const one of world.registering) {
    const { by, secret, user } = one
    const after = { ...world, registering: world.registering.filter((each) => each !== one) }
    const isRefused =
      (safe.firstKeyCounts && world.key !== '') ||
      (safe.bindChecksSecret && secret !== world.secret)
    const name = `the ${by}'s key is ${isRefused ? 'refused' : 'kept'}`
    const effect = safe.waitsForProof ? {} : { inEffect: true, boundFor: 0 }
    const kept = { ...after, key: by, keyOf: user, ...effect }
    const { binding } = world
    const answered = {
      ...kept,
      [by]: { ...kept[by], proof: PROOF_TICKS, proofOf: binding, registered: binding },
    }
    const broken =
      world.key === 'browser' && by === 'thief'
        ? 'owned'
        : user !== world.user
          ? 'paired'
          : secret === world.secret
            ? undefined
            : 'held'
    if (isRefused) steps.push({ name, world: after })
    else {
      steps.push({ name: `${name}, and the answer is lost`, world: kept, broken })
      steps.push({ name, world: answered, broken })
    }
  }
  for (const by of ['browser', 'thief'] as const) {
    const { secret, proof, proofOf } = world[by]
    const isProven = secret === world.secret && proof > 0 && proofOf === world.binding
    if (world.key === '' || world.inEffect || !isProven) continue
    const name = `the binding takes effect by a request of the ${by}`
    steps.push({ name, world: { ...world, inEffect: true, boundFor: 0 } })
  }
  return steps
}

function signIns(world: BindingWorld, safe: BindingSafeguards): BindingStep[] {
  const { browser, secret, binding, user } = world
  const steps: BindingStep[] = []
  if (browser.secret === secret && secret < MOST_CHANGES && opens(world, browser, safe)) {
    const renewed = { ...browser, secret: secret + 1 }
    const after = { ...world, secret: secret + 1, browser: renewed }
    steps.push({ name: 'the browser renews its secret', world: after })
    const unbound = safe.switchUnbinds || world.key === ''
    const fresh = { ...renewed, offer: binding + 1, offerAge: 0 }
    const next = unbound
      ? { ...after, key: '' as const, inEffect: false, binding: binding + 1, browser: fresh }
      : after
    const switched = { ...next, user: user + 1 }
    const broken = switched.key !== '' && switched.keyOf !== switched.user ? 'paired' : undefined
    steps.push({ name: 'somebody else signs in', world: switched, broken })
  }
  return steps
}

function thefts(world: BindingWorld): BindingStep[] {
  const { browser, thief } = world
  const proof = browser.proof > 0 ? { proof: browser.proof, proofOf: browser.proofOf } : {}
  const cookies = { ...thief, secret: browser.secret, ...proof }
  const withOffer = { ...cookies, offer: browser.offer, offerAge: browser.offerAge }
  return [
    { name: 'the thief copies the cookies', world: { ...world, thief: cookies, copiedFor: 0 } },
    {
      name: 'the thief copies the cookies and the challenge',
      world: { ...world, thief: withOffer, copiedFor: 0 },
    },
  ]
}

function tick(world: BindingWorld): BindingWorld {
  const { browser, thief, answer, boundFor, copiedFor } = world
  const older = (age: number): number => Math.min(LONG, age + 1)
  const later = (one: Holder): Holder => ({
    ...one,
    proof: one.proofOf === -1 ? one.proof : Math.max(0, one.proof - 1),
    offerAge: older(one.offerAge),
  })
  return {
    ...world,
    browser: later(browser),
    thief: later(thief),
    answer: answer === -1 ? -1 : older(answer),
    boundFor: older(boundFor),
    copiedFor: older(copiedFor),
  }
}
