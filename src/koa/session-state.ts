/**
 * What this request knows of its session.
 *
 * - `'unknown'`: nothing has been read yet;
 * - `'none'`: there is none;
 * - `'alive'`;
 * - `'superseded'`: another request has just replaced the secret of this request's cookie;
 * - `'ended'`: it ended since this request began, or up to an hour before with a reason, `endReason`;
 * - `'unproven'`: it is bound to a device, and this request has no proof of it that is still good.
 */
export type SessionState = 'unknown' | 'none' | 'alive' | 'superseded' | 'ended' | 'unproven'
