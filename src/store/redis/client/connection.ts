import type { Script, ScriptArguments } from '../scripts/lib/script.js'
import { Deadlines } from './deadlines.js'
import type { CommandName, Listening, ListeningEvents, RedisPort } from './port.js'
import { now, sleep } from '../../../real-time.js'
import { checkReply } from './replies.js'

/** How long to wait while a cluster moves a slot, ms: it moves one key after another. */
const MOVING = 20

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

  send(name: CommandName, keys: readonly string[], args: readonly string[] = []): Promise<unknown> {
    return this.sendAndRead(name, keys, args, (reply) => reply)
  }

  /** Sends a command. Resolves to what `read` makes of its reply, once its shape has been checked. */
  sendAndRead<T>(
    name: CommandName,
    keys: readonly string[],
    args: readonly string[],
    read: (reply: never) => T,
  ): Promise<T> {
    return this.#deadlines.wait(
      this.#until,
      () => this.#port.send(name, keys, args),
      (reply) => read(checkReply(name, args, reply) as never),
    )
  }

  /** Waits for anything else that Redis has to answer. */
  wait<T>(answer: () => Promise<T>): Promise<T> {
    return this.#deadlines.wait(this.#until, answer)
  }

  /** Runs a script with what it encodes of the input: by its digest, or by its text where the server has not seen it. */
  run<Input, Reply>(script: Script<Input, Reply>, input: Input): Promise<Reply> {
    const { keys, args } = script.encode(input)
    return this.#deadlines.wait(
      this.#until,
      () => this.#port.evaluate('evalsha', script.sha, keys, args),
      (reply) => script.decode(reply as never),
      (error) => this.#evaluateAgain(error, script, { keys, args }),
    )
  }

  /**
   * Runs a script by its text where the server does not know it (any more). Tries again while the slot of its keys moves
   * between nodes, when neither can run it.
   */
  async #evaluateAgain(
    failure: unknown,
    { lua, sha }: Script<never, unknown>,
    { keys, args }: ScriptArguments,
  ): Promise<unknown> {
    for (let known = true, error = failure; ;) {
      // A Redis error has its code in the message only, and not always as the first word: ioredis reports the
      // last error after it has tried a few times itself.
      const message = error instanceof Error ? error.message : ''
      const unknown = known && message.includes('NOSCRIPT')
      const moving = message.includes('TRYAGAIN') && now() + MOVING <= this.#until
      if (!unknown && !moving) throw error
      if (unknown) known = false
      else await sleep(MOVING)
      try {
        return known
          ? await this.#port.evaluate('evalsha', sha, keys, args)
          : await this.#port.evaluate('eval', lua, keys, args)
      } catch (cause) {
        error = cause
      }
    }
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
