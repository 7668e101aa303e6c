import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** How often the application has turned to Redis: commands sent together are one round trip. */
export class Turns {
  count = 0
  #waiting = false

  sent() {
    if (!this.#waiting) this.count++
    this.#waiting = true
  }

  answered() {
    this.#waiting = false
  }
}

/** A network between application and Redis: hands each reply on after `delay` ms. */
export async function startProxy(node, delay, turns) {
  const sockets = new Set()
  const server = createServer({ noDelay: true }, (application) => {
    const redis = connect({ ...node, noDelay: true })
    application.on('data', (commands) => {
      turns.sent()
      redis.write(commands)
    })
    redis.on('data', (replies) => {
      // Timers of the same length go off in the order in which they were set.
      setTimeout(() => {
        turns.answered()
        application.write(replies)
      }, delay)
    })
    for (const [socket, other] of [
      [application, redis],
      [redis, application],
    ]) {
      sockets.add(socket)
      socket.on('error', () => {}) // Its 'close' follows.
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    node: { host: '127.0.0.1', port: server.address().port },
    async stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
