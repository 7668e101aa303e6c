/**
 * The classes that are exported as types. Aliases have no value, so that an import of `Session` does not
 * clash with an application's `const Session = sessions(…)`.
 */
import type { MaybeFields } from '../fields/types.js'
import type { Session as SessionClass } from './session.js'
import type { SessionsById as SessionsByIdClass } from './sessions-by-id.js'

/** `ctx.session`: one visitor in one request. */
export type Session<F extends MaybeFields = undefined> = SessionClass<F>

/** `Session.store`: sessions by id, for jobs and administration. */
export type SessionsById<F extends MaybeFields = undefined> = SessionsByIdClass<F>
