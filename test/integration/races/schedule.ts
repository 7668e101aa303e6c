import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import type { Traffic, Verdict } from '../../support/proxy/proxy.js'
import type { Random } from '../../support/random.js'

/** Something that may happen next: a request may begin, or a held message may pass. */
interface Choice {
  readonly label: string
  go(): void
}

/** What connections send of themselves passes freely: held up, they would not come about. */
const FREE = new Set(['auth', 'client', 'cluster', 'command', 'hello', 'info', 'ping', 'quit'])

/** Their replies may come as what is told unasked, or several for one. */
const LISTENING = new Set(['subscribe', 'unsubscribe'])

/** After so many turns of the event loop without a message, the clients have nothing to say. */
const QUIET_TURNS = 4

/** No schedule waits for its own next step for so long, ms: it would be a deadlock. */
const STUCK = 20_000

/**
 * Decides, by chance, in which order the messages between clients and servers pass: one at a time,
 * and the next one only when nobody has more to say. So the same seed gives the same order again,
 * but for what the clients or the servers themselves do by chance or by time.
 */
export class Schedule {
  /** What happened, in order. */
  readonly steps: string[] = []
  readonly #random: Random
  readonly #name: (words: readonly string[]) => string
  readonly #othersQuiet: () => Promise<unknown>
  readonly #waiting: Choice[] = []
  readonly #weights = new Map<string, number>()
  #events = 0
  /** How many commands each connection waits for the server to answer. */
  readonly #unanswered = new Map<string, number>()
  /** The connections of which a reply is held: those behind it cannot be seen. */
  readonly #holding = new Set<string>()
  #onReply: () => void = () => {}
  #on = false

  /**
   * `name` says what a command does, the same words in each run. `othersQuiet` waits until other
   * processes have nothing to say: what they said by then is on its way here.
   */
  constructor(
    random: Random,
    name: (words: readonly string[]) => string,
    othersQuiet: () => Promise<unknown> = async () => {},
  ) {
    this.#random = random
    this.#name = name
    this.#othersQuiet = othersQuiet
  }

  /** Lets this decide over the messages through a proxy. */
  over(proxy: string): Required<Traffic> {
    return {
      onCommand: async ({ words, connection }): Promise<Verdict> => {
        if (FREE.has(words[0]!)) return 'pass'
        const from = `${proxy}.${connection}`
        if (this.#on) await this.#hold(`${from} → ${this.#name(words)}`)
        if (LISTENING.has(words[0]!)) return 'pass'
        this.#unanswered.set(from, (this.#unanswered.get(from) ?? 0) + 1)
        return 'pass'
      },
      onReply: async ({ words, connection }): Promise<Verdict> => {
        if (FREE.has(words[0]!) || LISTENING.has(words[0]!)) return 'pass'
        const to = `${proxy}.${connection}`
        this.#unanswered.set(to, this.#unanswered.get(to)! - 1)
        this.#onReply()
        this.#holding.add(to)
        if (this.#on) await this.#hold(`${to} ← ${this.#name(words)}`)
        this.#holding.delete(to)
        return 'pass'
      },
    }
  }

  /** Runs requests, at most `atOnce` of them at a time, until all are answered. */
  async run(
    requests: readonly { label: string; start: () => Promise<void> }[],
    atOnce: number,
  ): Promise<void> {
    const rest = [...requests]
    const failures: unknown[] = []
    let running = 0
    const begin = () => {
      const { start } = rest.shift()!
      running++
      start()
        .catch((error: unknown) => failures.push(error))
        .finally(() => {
          running--
          this.#events++
        })
    }
    this.#on = true
    try {
      for (;;) {
        await this.#quiet()
        if (rest.length === 0 && running === 0) break
        const choices = this.#waiting.toSorted((a, b) => (a.label < b.label ? -1 : 1))
        if (rest.length > 0 && running < atOnce) {
          choices.push({ label: `begin ${rest[0]!.label}`, go: begin })
        }
        if (choices.length === 0) await this.#event()
        else this.#take(this.#random.pick(choices, ({ label }) => this.#weight(label)))
      }
    } finally {
      this.#on = false
      for (const { go } of this.#waiting) go()
    }
    if (failures.length > 0) throw failures[0]
  }

  #hold(label: string): Promise<void> {
    this.#events++
    return new Promise((resolve) => {
      this.#waiting.push({ label, go: resolve })
    })
  }

  #take(choice: Choice): void {
    const index = this.#waiting.indexOf(choice)
    if (index !== -1) this.#waiting.splice(index, 1)
    this.steps.push(choice.label)
    choice.go()
  }

  /** Some steps wait much longer than others: evenly drawn, nobody would ever be far behind. */
  #weight(label: string): number {
    const kind = label.split(' ', 3).join(' ')
    const weight = this.#weights.get(kind) ?? 4 ** -this.#random.below(5)
    this.#weights.set(kind, weight)
    return weight
  }

  async #quiet(): Promise<void> {
    let seen
    do {
      await this.#quietHere()
      seen = this.#events
      await this.#othersQuiet()
      await this.#quietHere()
    } while (seen !== this.#events)
  }

  async #quietHere(): Promise<void> {
    let seen = -1
    for (let turns = 0; turns < QUIET_TURNS; turns++) {
      if (seen !== this.#events || this.#expectsReply()) turns = 0
      while (this.#expectsReply()) await this.#reply()
      seen = this.#events
      await turn()
    }
  }

  #reply(): Promise<void> {
    return new Promise((resolve, reject) => {
      const stuck = setTimeout(() => reject(new Error('a server does not answer any more')), STUCK)
      this.#onReply = () => {
        clearTimeout(stuck)
        resolve()
      }
    })
  }

  #expectsReply(): boolean {
    return [...this.#unanswered].some(([from, count]) => count > 0 && !this.#holding.has(from))
  }

  /** Waits for what needs time: a client may send something after a while. */
  async #event(): Promise<void> {
    const seen = this.#events
    const until = performance.now() + STUCK
    while (seen === this.#events) {
      if (performance.now() > until) throw new Error('nothing happens any more')
      await sleep(1)
    }
  }
}
