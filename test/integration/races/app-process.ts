import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type BirpcReturn, createBirpc } from 'birpc'
import {
  type Library,
  type Proxies,
  startProxies,
  type Target,
} from '../../support/proxy/proxied-clients.js'
import type { Traffic } from '../../support/proxy/proxy.js'
import type { Asked, Tells } from './process.js'

const FILE = fileURLToPath(new URL('process.mjs', import.meta.url))

/** Another process with one application in it, which reaches its servers through proxies here. */
export class AppProcess {
  readonly name: string
  /** Asks it to do something; it is asked in this order. */
  readonly ask: BirpcReturn<Asked, Tells>
  readonly #child: ChildProcess
  #proxies: Proxies | undefined
  readonly #waiting = new Map<number, AbortController>()

  constructor(name: string) {
    this.name = name
    // So messages may hold maps, and Infinity.
    const child = fork(FILE, { serialization: 'advanced' })
    this.#child = child
    const ended: Tells['ended'] = (n, code) => this.#waiting.get(n)?.abort(code)
    this.ask = createBirpc<Asked, Tells>(
      { ended },
      { post: (data) => child.send(data), on: (read) => child.on('message', read), timeout: -1 },
    )
    child.once('exit', (code, signal) =>
      this.ask.$close(new Error(`${name} has ended: ${signal ?? code}`)),
    )
  }

  /** `traffic` decides over the messages of `NAME.0`: from this process to the first server. */
  async connect(
    library: Library,
    targets: Target | readonly Target[],
    traffic: (proxy: string) => Traffic,
  ): Promise<void> {
    this.#proxies = await startProxies(targets, (server) => traffic(`${this.name}.${server}`))
    await this.ask.connect(this.#proxies.route, library)
  }

  async disconnect(): Promise<void> {
    await this.ask.disconnect()
    await this.#proxies?.close()
  }

  /** Aborted with a code when its call of this number, which waits for its session's end, is told of it. */
  signalOf(n: number): AbortSignal {
    const controller = new AbortController()
    this.#waiting.set(n, controller)
    return controller.signal
  }

  async close(): Promise<void> {
    const exit = once(this.#child, 'exit')
    this.#child.disconnect()
    await exit
  }
}
