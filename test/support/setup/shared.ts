interface Shared {
  readonly started: Promise<{ stop(): Promise<unknown> }>
  users: number
}

/** On `globalThis`, as each project has a copy of this module. */
const holder = globalThis as { sharedByTests?: Map<string, Shared> }
const all = (holder.sharedByTests ??= new Map<string, Shared>())

/** What the projects of a run share: the first one starts it, and the last one stops it. */
export async function share<T extends { stop(): Promise<unknown> }>(
  name: string,
  start: () => Promise<T>,
): Promise<T> {
  const shared = all.get(name) ?? { started: start(), users: 0 }
  all.set(name, shared)
  shared.users++
  const started = (await shared.started) as T
  const stop = async () => {
    if (--shared.users > 0) return
    all.delete(name)
    await started.stop()
  }
  return { ...started, stop }
}
