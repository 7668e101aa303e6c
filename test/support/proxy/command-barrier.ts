import type { Exchange, Traffic } from './proxy.js'
import { nameCommand } from './command-names.js'

interface Hold {
  readonly matches: (command: string, exchange: Exchange) => boolean
  left: number
  readonly arrived: () => void
  readonly opened: Promise<void>
}

/** Holds single commands on their way to Redis, for a test that wants one order. */
export class CommandBarrier implements Traffic {
  /** All commands that came by, with their keys. */
  readonly commands: string[] = []
  readonly #holds: Hold[] = []

  /** Holds the next `count` commands whose names begin so; `held` resolves when all are there. */
  hold(command: string, count = 1): { held: Promise<void>; release: () => void } {
    let release = () => {}
    let arrived = () => {}
    const opened = new Promise<void>((resolve) => {
      release = resolve
    })
    const held = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const matches = (name: string) => name.startsWith(command)
    this.#holds.push({ matches, left: count, arrived, opened })
    return { held, release }
  }

  async onCommand(exchange: Exchange): Promise<'pass'> {
    const name = nameCommand(exchange.words)
    this.commands.push(name)
    const hold = this.#holds.find(({ matches, left }) => left > 0 && matches(name, exchange))
    if (hold !== undefined) {
      if (--hold.left === 0) hold.arrived()
      await hold.opened
    }
    return 'pass'
  }
}
