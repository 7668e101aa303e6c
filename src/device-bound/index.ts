/** Sessions that are bound to a device: `koa-redis-session-sets/device-bound`. */
export { deviceBound } from './device-bound.js'
export type { DeviceBoundOptions } from './options.js'
