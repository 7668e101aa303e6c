/**
 * The library's own fields in a session's hash. An application's field name cannot begin with `$`.
 * This file is the only place that spells them.
 */

/** Hash of the secret in force. Missing where an operator created the session. */
export const SECRET = '$secret'

/** When the session was created, ms. Every session has it, so a hash without it is no session. */
export const CREATED = '$created'

/** When somebody last signed in, ms. Missing before the first sign-in. The absolute timeout counts from it. */
export const SIGNED_IN = '$signedIn'

/** When the session was last written or touched, ms. Missing until then. */
export const LAST_ACTIVE = '$active'

/** Until when all sets of the session are sure to hold its id, ms. Missing without references. */
export const INDEXED = '$indexed'

/** Idle timeout that a caller gave this session, ms. */
export const MAX_AGE = '$maxAge'

/**
 * The session's binding to a device (binding.ts). Once a device has registered, a space follows, and its public key, a JWK:
 * each read would pay for a second field.
 */
export const BINDING = '$binding'

/** Time until which a process watches the session, ms: until then its end is published. Missing if none ever did. */
export const WATCHED_UNTIL = '$watched'

/** Followed by a reference's name: when the session took its slot, µs. Only where there is a limit. */
export const SLOT = '$slot:'
