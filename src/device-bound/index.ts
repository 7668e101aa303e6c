/**
 * Sessions that are bound to a device, where the browser can (W3C DBSC).
 *
 * @module koa-redis-session-sets/device-bound
 */
export { deviceBound } from './device-bound.js'
export type { DeviceBoundOptions } from './options.js'
