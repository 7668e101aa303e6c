import { Cluster, type Redis } from 'ioredis'
import { until } from '../until.js'
import type { Exchange, Traffic, Verdict } from './proxy.js'

/**
 * Where a connection breaks: the server never hears the command; or hears it when nobody is there any
 * more to be answered, at once or after the whole call is over; or its answer is lost.
 */
export const CUTS = [
  'before a command',
  'after it was sent',
  'before it arrives late',
  'before its reply',
  'within its reply',
] as const
export type Cut = (typeof CUTS)[number]

/** Breaks the connection once, at one of the commands that a call sends. */
export class Cutter implements Traffic {
  /** How many commands of sessions came by since it was set. */
  commands = 0
  done = false
  #cut: Cut | undefined
  #at = 0
  #victim: Exchange | undefined
  /** Whether its connection is broken. */
  #broken = false
  /** A command that the client has sent, and that is still on its way. */
  #late: readonly string[] | undefined

  /** Sets it to cut at the command with this number, from 0. */
  set(cut: Cut, at: number): void {
    this.#cut = cut
    this.#at = at
    this.#victim = undefined
    this.#broken = false
    this.#late = undefined
    this.commands = 0
    this.done = false
  }

  /**
   * Spares the calls that follow, whether it has cut or not. Resolves when the server has done what was
   * sent before the cut; what is late arrives then.
   */
  async disarm(direct: Redis | Cluster): Promise<void> {
    this.#cut = undefined
    if (this.#victim !== undefined && this.#broken) await untilClosed(this.#victim, direct)
    const [name, ...args] = this.#late ?? []
    this.#late = undefined
    // Nobody is there to listen.
    if (name !== undefined && !name.endsWith('subscribe')) await direct.call(name, ...args)
  }

  onCommand(exchange: Exchange): Verdict {
    // What clients send of themselves when they connect is not counted.
    if (!/^(eval|h|get|exists|s)/.test(exchange.words[0]!) || exchange.words[0] === 'hello') {
      return 'pass'
    }
    if (this.#cut === undefined || this.done || this.commands++ !== this.#at) return 'pass'
    this.done = true
    this.#victim = exchange
    if (this.#cut === 'before it arrives late') this.#late = exchange.words
    if (this.#cut.endsWith('reply')) return 'pass'
    this.#broken = true
    return this.#cut === 'after it was sent' ? 'cut after it' : 'cut'
  }

  onReply(exchange: Exchange): Verdict {
    if (exchange !== this.#victim) return 'pass'
    this.#broken = true
    return this.#cut === 'within its reply' ? 'cut in the middle' : 'cut'
  }
}

/** A server closes a connection when it has done all that came over it. */
async function untilClosed({ from, to }: Exchange, direct: Redis | Cluster): Promise<void> {
  const nodes = direct instanceof Cluster ? direct.nodes() : [direct]
  const node = nodes.find(({ options }) => options.port === to)!
  await until('the server has closed the broken connection', async () => {
    const list = String(await node.client('LIST'))
    return !list.includes(` addr=127.0.0.1:${from()} `)
  })
}
