import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { commandWords, messageEnd } from './resp.js'

/** What becomes of one message: it passes, or the connection breaks before, after or within it. */
export type Verdict = 'pass' | 'cut' | 'cut in the middle' | 'cut after it'

/** A command on its way, and its reply on the way back. */
export interface Exchange {
  /** Its first word is in lower case. */
  readonly words: readonly string[]
  /** Numbers the connections through one proxy, in the order in which they were opened. */
  readonly connection: number
  /** The port of the proxy's own connection to the server, once there is one. */
  readonly from: () => number | undefined
  /** The server's port. */
  readonly to: number
}

/** Whoever decides over the traffic. What is behind a held message on its connection waits too. */
export interface Traffic {
  onCommand?(exchange: Exchange): Verdict | Promise<Verdict>
  onReply?(exchange: Exchange): Verdict | Promise<Verdict>
}

/** A server in front of a Redis server, which can hold messages and break connections. */
export interface Proxy {
  readonly port: number
  readonly url: string
  /** Breaks all connections; new ones are accepted. */
  cut(): void
  close(): Promise<void>
}

export async function startProxy(
  target: { host: string; port: number },
  traffic: Traffic,
): Promise<Proxy> {
  const open = new Set<Socket>()
  let connections = 0
  const cut = () => open.forEach((socket) => socket.destroy())

  const listener = createServer((client) => {
    const connection = connections++
    const server = connect(target)
    let from: number | undefined
    server.once('connect', () => (from = server.localPort))
    const waiting: Exchange[] = []
    for (const socket of [client, server]) {
      open.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {}) // `close` follows.
      socket.once('close', () => {
        open.delete(socket)
        client.destroy()
        server.destroy()
      })
    }

    const pass = (message: Buffer, verdict: Verdict, to: Socket): void => {
      if (verdict === 'pass') {
        to.write(message)
        return
      }
      // Once the system has it: it arrives, though nobody is there to be answered.
      if (verdict === 'cut after it') to.write(message, () => client.destroy())
      else if (verdict === 'cut in the middle') {
        // `end` sends what was written, and then breaks off.
        to.end(message.subarray(0, Math.ceil(message.length / 2)))
        to.once('finish', () => to.destroy())
      } else to.destroy()
      waiting.length = 0
    }
    eachMessage(client, async (message) => {
      const [name = '', ...args] = commandWords(message)
      const words = [name.toLowerCase(), ...args]
      const exchange = { words, connection, from: () => from, to: target.port }
      const verdict = (await traffic.onCommand?.(exchange)) ?? 'pass'
      waiting.push(exchange)
      if (verdict === 'cut') client.destroy()
      else pass(message, verdict, server)
    })
    eachMessage(server, async (message) => {
      // What a server sends unasked begins so.
      const exchange = message[0] === '>'.charCodeAt(0) ? undefined : waiting.shift()
      const verdict = exchange && (await traffic.onReply?.(exchange))
      pass(message, verdict ?? 'pass', client)
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    cut,
    async close() {
      const closed = once(listener, 'close')
      listener.close()
      cut()
      await closed
    },
  }
}

/** Handles the messages that come in, one after another. */
function eachMessage(from: Socket, handle: (message: Buffer) => Promise<void>): void {
  let bytes = Buffer.alloc(0)
  let turn = Promise.resolve()
  from.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk])
    for (let end = messageEnd(bytes); end !== undefined; end = messageEnd(bytes)) {
      const message = bytes.subarray(0, end)
      bytes = bytes.subarray(end)
      turn = turn.then(() => (from.destroyed ? undefined : handle(message)))
    }
  })
}
