import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** Counts round trips; commands that are sent together make one. */
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

/** A proxy to Redis that delays each reply by `delay` ms. */
export async function startProxy(node, delay, turns) {
  const sockets = new Set()
  const server = createServer({ noDelay: true }, (application) => {
    const redis = connect({ ...node, noDelay: true })
    application.on('data', (commands) => {
      turns.sent()
      redis.write(commands)
    })
    redis.on('data', (replies) => {
      // Timers of equal length fire in order.
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
      socket.on('error', () => {}) // 'close' follows.
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
