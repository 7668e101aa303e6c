/**
 * `setImmediate` as it was when this file was loaded. Fake timers that an application's tests install later would
 * hold commands back for ever.
 */
export const realSetImmediate = setImmediate
