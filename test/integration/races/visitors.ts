import { createId } from '../../../src/store/token.js'
import type { AppProcess } from './app-process.js'
import { type History, idOf, USERS } from './history.js'
import { KINDS, type Order, toPlan, WAITING } from './plans.js'
import type { Random } from '../../support/random.js'

/** A browser: the cookie that it holds, and those that it held before. */
export interface Browser {
  readonly name: string
  readonly cookies: string[]
}

/** How likely each kind of call is in one schedule. */
export type Weights = readonly number[]

/**
 * Each schedule has its own favourites: an even mixture would seldom repeat anything. In some there are
 * some who wait.
 */
export function favourites(random: Random, waiting: boolean): Weights {
  const weights = KINDS.map(([weight]) => weight * random.pick([0, 1, 8]))
  return waiting ? weights.with(WAITING, 4) : weights
}

/** A step that is decided when it begins, by what has happened until then. */
export function visit(
  history: History,
  apps: readonly AppProcess[],
  browsers: readonly Browser[],
  weights: Weights,
  random: Random,
): () => Promise<void> {
  return () => {
    const browser = random.pick(browsers)
    const app = random.pick(apps)
    // Mostly the newest; now and then one that was replaced.
    const back = random.pick([1, 2], (age) => 5 - 2 * age)
    const cookie = browser.cookies.at(-back)
    const order = {
      n: history.events.length,
      kind: random.pick([...weights.keys()], (kind) => weights[kind]!),
      seed: random.below(2 ** 32),
      user: random.pick(USERS),
      someId: idOf(random.pick(browsers).cookies.at(-1)),
      newId: createId(),
    }
    return carryOut(history, order, app, browser, cookie)
  }
}

/** Signs a browser in: the first kind of call. */
export function signIn(
  history: History,
  app: AppProcess,
  browser: Browser,
  user: string,
): Promise<void> {
  const n = history.events.length
  const order = { n, kind: 0, seed: 0, user, someId: undefined, newId: '' }
  return carryOut(history, order, app, browser, undefined)
}

async function carryOut(
  history: History,
  order: Order,
  app: AppProcess,
  browser: Browser,
  cookie: string | undefined,
): Promise<void> {
  const { page, operate: _, what, ...plan } = toPlan(order)
  const who = page === undefined ? 'operator' : `${browser.name} with ${cookie?.slice(0, 28)}`
  const event = history.begin({
    ...plan,
    what: `${app.name}, ${who}: ${what}`,
    cookie: page && cookie,
  })
  const signal = app.signalOf(order.n)
  const { seen, waits, ...answer } = await app.ask.carryOut(order, cookie)
  event.id = seen.id
  event.readId = seen.readId
  event.error = answer.error
  event.sent = answer.cookie
  if (waits) event.signal = signal
  for (const [name, value] of seen.writes) event.writes.set(name, value)
  event.search?.found.push(...seen.found)
  history.end(event)
  if (answer.cookie) browser.cookies.push(answer.cookie)
}
