import type { RevokeOptions, SessionMiddleware } from '../../src/index.js'

/** Stops a revokeAll after each page until it is let on, or aborted. */
export function pauseRevokeAll() {
  let open: () => void = () => {}
  let reached: () => void = () => {}
  const next = () => new Promise<void>((resolve) => (reached = resolve))
  let stopped = next()
  const wrap = (Session: SessionMiddleware): SessionMiddleware =>
    Object.assign((...args: Parameters<SessionMiddleware>) => Session(...args), Session, {
      revokeAll: (name: string, value: string, options: RevokeOptions) =>
        Session.revokeAll(name, value, {
          ...options,
          async onProgress(progress) {
            await options.onProgress?.(progress)
            const on = new Promise<void>((resolve) => (open = resolve))
            options.signal?.addEventListener('abort', open)
            reached()
            await on
          },
        }),
    })
  return {
    wrap,
    paused: () => stopped,
    /** Lets it on, to the next page. */
    step() {
      stopped = next()
      open()
    },
  }
}
