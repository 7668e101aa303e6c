import type { Exchange, Traffic, Verdict } from '../servers/proxy.js'

/** Where a connection breaks: the server never hears the command, or its answer is lost. */
export const CUTS = ['before a command', 'before its reply', 'within its reply'] as const
export type Cut = (typeof CUTS)[number]

/** Breaks the connection once, at one of the commands that a call sends. */
export class Cutter implements Traffic {
  /** How many commands of sessions came by since it was set. */
  commands = 0
  done = false
  #cut: Cut | undefined
  #at = 0
  #victim: Exchange | undefined

  /** Sets it to cut at the command with this number, from 0. */
  set(cut: Cut, at: number): void {
    this.#cut = cut
    this.#at = at
    this.#victim = undefined
    this.commands = 0
    this.done = false
  }

  /** Spares the calls that follow, whether it has cut or not. */
  disarm(): void {
    this.#cut = undefined
  }

  onCommand(exchange: Exchange): Verdict {
    // What clients send of themselves when they connect is not counted.
    if (!/^(eval|h|get|exists|s|pttl)/.test(exchange.words[0]!) || exchange.words[0] === 'hello') {
      return 'pass'
    }
    if (this.#cut === undefined || this.done || this.commands++ !== this.#at) return 'pass'
    this.done = true
    if (this.#cut === 'before a command') return 'cut'
    this.#victim = exchange
    return 'pass'
  }

  onReply(exchange: Exchange): Verdict {
    if (exchange !== this.#victim) return 'pass'
    return this.#cut === 'before its reply' ? 'cut' : 'cut in the middle'
  }
}
