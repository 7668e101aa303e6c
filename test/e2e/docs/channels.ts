/** What docs/guide/observing.md has, for as long as a test runs. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { onTestFinished } from 'vitest'
import type { SessionEvents } from '../../../src/index.js'
import { requireFor } from './site.js'

export function listen(channel: string, listener: (message: unknown) => void): void {
  subscribe(channel, listener)
  onTestFinished(() => void unsubscribe(channel, listener))
}

export function on<Name extends keyof SessionEvents>(
  name: Name,
  listener: (event: SessionEvents[Name]) => void,
): void {
  listen(`koa-redis-session-sets:${name}`, listener as (message: unknown) => void)
}

/** `require` with one package replaced. */
export function requireWith(name: string, replaced: unknown): (name: string) => unknown {
  const others = requireFor('docs-observing:')
  return (asked) => (asked === name ? replaced : others(asked))
}
