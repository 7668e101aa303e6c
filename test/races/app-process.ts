import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type BirpcReturn, createBirpc } from 'birpc'
import { type Library, type Proxies, startProxies, type Target } from '../servers/proxied.js'
import type { Traffic } from '../servers/proxy.js'
import type { Asked, Tells } from './process.js'

const FILE = fileURLToPath(new URL('process.mjs', import.meta.url))

/** Another process with one application in it, which reaches its servers through proxies here. */
export class AppProcess {
  readonly name: string
  /** Asks it to do something; it is asked in this order. */
  readonly ask: BirpcReturn<Asked, Tells>
  readonly #child: ChildProcess
  readonly #proxies: Proxies
  readonly #waiting = new Map<number, AbortController>()

  /** `traffic` decides over the messages of `NAME.0`: from this process to the first server. */
  static async start(
    name: string,
    library: Library,
    targets: Target | readonly Target[],
    traffic: (proxy: string) => Traffic,
  ): Promise<AppProcess> {
    const proxies = await startProxies(targets, (server) => traffic(`${name}.${server}`))
    const started = new AppProcess(name, proxies)
    await started.ask.connect(proxies.route, library)
    return started
  }

  private constructor(name: string, proxies: Proxies) {
    this.name = name
    this.#proxies = proxies
    // So messages may hold maps, and Infinity.
    const child = fork(FILE, { serialization: 'advanced' })
    this.#child = child
    const ended = (n: number) => this.#waiting.get(n)?.abort()
    this.ask = createBirpc<Asked, Tells>(
      { ended },
      { post: (data) => child.send(data), on: (read) => child.on('message', read), timeout: -1 },
    )
    child.once('exit', (code, signal) =>
      this.ask.$close(new Error(`${name} has ended: ${signal ?? code}`)),
    )
  }

  /** Aborted when its call of this number, which waits for its session's end, is told of it. */
  signalOf(n: number): AbortSignal {
    const controller = new AbortController()
    this.#waiting.set(n, controller)
    return controller.signal
  }

  async close(): Promise<void> {
    const exit = once(this.#child, 'exit')
    this.#child.disconnect()
    await exit
    await this.#proxies.close()
  }
}
