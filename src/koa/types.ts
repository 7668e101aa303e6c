/**
 * The classes that are exported as types. Aliases have no value, so that an import of `Session` does not
 * clash with an application's `const Session = sessions(…)`.
 */
import type { MaybeFields } from '../fields/types.js'
import type { Session as SessionClass } from './session.js'
import type { SessionsById as SessionsByIdClass } from './sessions-by-id.js'

/**
 * `ctx.session`: one visitor in one request. Nothing is read or sent until a method is called. Concurrent calls run one
 * after another.
 *
 * Every method rejects with `ERR_SESSION_STORE` if Redis cannot answer within `timeout`. Methods that write also reject
 * with
 *
 * - `ERR_SESSION_REVOKED`: the session has ended since this request found it alive;
 * - `ERR_SESSION_SUPERSEDED`: a newer cookie has just replaced this one;
 * - `ERR_SESSION_UNPROVEN`: the session is bound to a device, and this request has no proof of it;
 * - `ERR_SESSION_HEADERS_SENT`: the response can no longer carry a cookie.
 *
 * @interface
 */
export type Session<F extends MaybeFields = undefined> = SessionClass<F>

/**
 * `Session.store`: sessions by id, for jobs and administration. It checks no cookie; in a request use `ctx.session`.
 * Reads and writes reject with `ERR_SESSION_STORE` if Redis cannot answer within `timeout`.
 *
 * @interface
 */
export type SessionsById<F extends MaybeFields = undefined> = SessionsByIdClass<F>
