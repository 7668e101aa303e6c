/**
 * `setImmediate` as it was when this was loaded: an application's tests may replace it by one that stands
 * still, and then commands would be held for ever, and deadlines never looked at.
 */
export const soon = setImmediate
