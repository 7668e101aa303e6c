import type { Context } from 'koa'
import type { Store } from '../store/store.js'
import type { Token } from '../store/token.js'

/** A session that a device may register for. */
export interface Bindable {
  readonly binding: string
  /** The store's clock, ms. */
  readonly now: number
}

/** What the paths of a device binding work with. */
export interface BindingScope {
  readonly store: Store
  /** What the request's cookies claim. */
  readonly tokens: readonly Token[]
  /** The name of the cookie that carries the proof, and its attributes as in `Set-Cookie`. */
  readonly cookieName: string
  readonly cookieAttributes: string
  /** Sets that cookie for so long, ms. */
  readonly sendProof: (proof: string, maxAge: number) => void
}

/** Binds sessions to devices: what `deviceBound()` from `koa-redis-session-sets/device-bound` makes. */
export interface DeviceBinding {
  /** Has the response offer registration to the browser. */
  offer(ctx: Context, session: Bindable): void

  /** Which of its paths a request is for; `undefined` for none. */
  pathOf(ctx: Context): 'register' | 'refresh' | undefined

  /** Answers a request for one of its paths. */
  answer(ctx: Context, path: 'register' | 'refresh', scope: BindingScope): Promise<void>
}
