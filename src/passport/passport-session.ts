/** What passport's calls on `req.session` do. */
export interface SessionKeeper {
  save(): Promise<void>
  /** @param isLogout - whether passport has just saved the session without its user */
  regenerate(isLogout: boolean): Promise<void>
}

type Done = (error?: unknown) => void

const keepers = new WeakMap<PassportSession, SessionKeeper>()
const saved = new WeakSet<PassportSession>()
const keeping = new WeakSet<PassportSession>()

/**
 * What passport and its strategies see as `req.session`, and pages as `ctx.state.session`: plain properties, and the two
 * methods of express-session that passport calls. It is written before the response.
 */
export class PassportSession {
  [key: string]: unknown

  constructor(
    keeper: SessionKeeper,
    values: Iterable<readonly [key: string, value: unknown]> = [],
  ) {
    keepers.set(this, keeper)
    for (const [key, value] of values) this[key] = value
  }

  /** Writes it now. */
  save(done: Done): void {
    void answer(keeperOf(this).save(), (error) => {
      // Passport's logout regenerates within this call, its login before it.
      saved.add(this)
      try {
        done(error)
      } finally {
        saved.delete(this)
      }
    })
  }

  /** Puts an empty one in its place. */
  regenerate(done: Done): void {
    void answer(keeperOf(this).regenerate(saved.has(this)), done)
  }
}

function keeperOf(session: PassportSession): SessionKeeper {
  const keeper = keepers.get(session)
  if (keeper === undefined) throw new TypeError('save and regenerate are methods of a session')
  return keeper
}

async function answer(result: Promise<void>, done: Done): Promise<void> {
  let failure: unknown
  try {
    await result
  } catch (error) {
    failure = error
  }
  done(failure)
}

/**
 * Passport's `keepSessionInfo` copies what `for…in` finds in the session before, and tells the session nothing. So it
 * finds this.
 */
Object.defineProperty(PassportSession.prototype, 'keepSessionInfo', {
  enumerable: true,
  get: () => true,
  set(this: PassportSession) {
    keeping.add(this)
  },
})

/** Whether passport has copied the session before into this one. */
export function keepsSessionInfo(session: PassportSession): boolean {
  return keeping.has(session)
}

/**
 * A session whose values this request cannot know: who reads one is told why. But `known`, as passport.session() reads
 * it in every request, and goes on without a user.
 */
export function hiding(
  session: PassportSession,
  known: string,
  createError: () => Error,
): PassportSession {
  return new Proxy(session, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value === 'function') return value.bind(target) as unknown
      // `await` asks for `then`.
      if (value !== undefined || typeof name === 'symbol' || name === known || name === 'then') {
        return value
      }
      throw createError()
    },
  })
}
