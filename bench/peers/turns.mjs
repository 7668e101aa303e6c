import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as tick } from 'node:timers/promises'

const LIMIT = 30_000

/**
 * Lets several requests happen one step at a time. A step is a command to Redis, or a wait in the application. Each
 * waits here until it is chosen; its reply is awaited before the next one is. No order depends on timing.
 */
export class Turns {
  /** The number of the last step. */
  now = 0
  /** Names of the steps that were taken since it was last emptied. */
  taken = []
  #request = new AsyncLocalStorage()
  #active = false
  #waiting = []
  #running = new Set()
  #changed = () => {}

  /** Handles a request; its steps are known by this number. */
  handle(number, handler) {
    return this.#request.run(number, handler)
  }

  /** Does `act` when it is this step's turn. Steps that belong to no request do not wait. */
  step(name, act = async () => {}) {
    const request = this.#request.getStore()
    if (request === undefined) return act()
    if (!this.#active) {
      this.taken.push(name)
      return act()
    }
    return new Promise((resolve, reject) => {
      const go = async () => {
        this.taken.push(name)
        try {
          resolve(await act())
        } catch (error) {
          reject(error)
        }
      }
      this.#waiting.push({ request, go })
      this.#changed()
    })
  }

  /**
   * Runs requests to their ends. `choose(n)` returns a number below `n`. Resolves to each one's result with the steps
   * between which it ran: `{ began, ended, result }`.
   */
  async run(requests, choose) {
    const histories = requests.map(() => ({}))
    const coming = new Set(requests.keys())
    const start = (number) => {
      const history = histories[number]
      history.began = this.now
      coming.delete(number)
      this.#running.add(number)
      void requests[number]().then((result) => {
        Object.assign(history, { result, ended: this.now })
        this.#running.delete(number)
        this.#changed()
      })
    }
    this.#active = true
    try {
      for (;;) {
        await this.#standStill()
        const steps = this.#waiting.toSorted((a, b) => a.request - b.request)
        const choices = [
          ...Array.from(coming, (number) => () => start(number)),
          ...steps.map((step) => () => this.#take(step)),
        ]
        if (choices.length === 0) return histories
        this.now++
        await choices[choose(choices.length)]()
      }
    } finally {
      this.#active = false
    }
  }

  async #take(step) {
    this.#waiting.splice(this.#waiting.indexOf(step), 1)
    await step.go()
  }

  /** Resolves when each request that runs waits for its turn. */
  async #standStill() {
    const deadline = setTimeout(() => this.#changed('late'), LIMIT)
    try {
      for (;;) {
        // What follows a reply within the process is done by then.
        for (let i = 0; i < 3; i++) await tick()
        const waiting = new Set(this.#waiting.map(({ request }) => request))
        const busy = [...this.#running].filter((number) => !waiting.has(number))
        if (busy.length === 0) return
        const news = await new Promise((resolve) => {
          this.#changed = resolve
        })
        if (news === 'late') throw new Error(`Requests ${busy.join(', ')} neither end nor wait`)
      }
    } finally {
      clearTimeout(deadline)
    }
  }
}

/** Makes each command of an ioredis client a step. */
export function stepped(client, turns) {
  const send = client.sendCommand.bind(client)
  client.sendCommand = (command, stream) => {
    // The caller gets the command's own promise; a failure is reported there.
    turns.step(command.name, () => send(command, stream)).catch(() => {})
    return command.promise
  }
  return client
}
