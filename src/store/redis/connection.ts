import { type Listening, type ListeningEvents, type RedisPort, runScript } from './clients/port.js'
import { Deadlines } from './deadlines.js'
import type { Script } from './scripts/script.js'

/** The commands of one call to the store, which together wait no longer than its timeout. */
export class Call {
  readonly #port: RedisPort
  readonly #deadlines: Deadlines
  readonly #until: number

  constructor(port: RedisPort, deadlines: Deadlines) {
    this.#port = port
    this.#deadlines = deadlines
    this.#until = deadlines.start()
  }

  send(name: string, keys: readonly string[], args: readonly string[] = []): Promise<unknown> {
    return this.#deadlines.wait(this.#until, () => this.#port.send(name, keys, args))
  }

  /** Waits for anything else that Redis has to answer. */
  wait<T>(answer: () => Promise<T>): Promise<T> {
    return this.#deadlines.wait(this.#until, answer)
  }

  run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    return this.#deadlines.wait(this.#until, () =>
      runScript(this.#port, script, keys, args, this.#until),
    )
  }
}

/** A client, and the time that calls through it may take. */
export class Connection {
  readonly #port: RedisPort
  readonly #deadlines: Deadlines

  constructor(port: RedisPort, timeout: number) {
    this.#port = port
    this.#deadlines = new Deadlines(timeout)
  }

  /** Opens a connection of its own for messages. */
  listen(events: ListeningEvents): Promise<Listening> {
    return this.#port.listen(events)
  }

  call(): Call {
    return new Call(this.#port, this.#deadlines)
  }
}
