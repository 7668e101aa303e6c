/**
 * OpenID Connect Back-Channel Logout: a logout at the identity provider ends the sessions here.
 *
 * @module koa-redis-session-sets/back-channel-logout
 */
export {
  type BackChannelLogout,
  backChannelLogout,
  type LoginReferences,
} from './back-channel-logout.js'
export type { LoginClaims } from './logins.js'
export type { BackChannelLogoutOptions } from './options.js'
export type { Received } from './receive.js'
export type { SecurityEvent, Subject } from './security-event.js'
