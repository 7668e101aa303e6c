import type { Redis } from 'ioredis'
import { createId } from '../../../src/store/token.js'

export interface Command {
  readonly words: readonly string[]
  /** Whether a script sent it. */
  readonly lua: boolean
}

export interface Watcher {
  /** All that reached the server during `work`, and what its scripts did. */
  readonly commandsDuring: (work: () => Promise<unknown>) => Promise<Command[]>
  readonly stop: () => void
}

/** Watches what a server is told, by MONITOR. */
export async function watch(client: Redis): Promise<Watcher> {
  let seen: Command[] = []
  let onMark: ((mark: string) => void) | undefined
  const monitor = await client.monitor()
  monitor.on('monitor', (_time: string, words: string[], source: string) => {
    if (words[0] === 'echo') onMark?.(words[1]!)
    else seen.push({ words, lua: source === 'lua' })
  })

  /** Resolves when all that the server has done so far is in `seen`. */
  async function settle(): Promise<void> {
    const mark = createId()
    const marked = new Promise<void>((resolve) => {
      onMark = (text) => {
        if (text === mark) resolve()
      }
    })
    await client.echo(mark)
    await marked
  }

  return {
    commandsDuring: async (work) => {
      await settle()
      seen = []
      await work()
      await settle()
      return seen
    },
    stop: () => monitor.disconnect(),
  }
}
