import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * A port on 127.0.0.1 that is free, and so is the one `beside` above it: by default 10000, where a
 * cluster node talks to the others. Both lie below the range from which systems take ports for
 * outgoing connections (32768 and up on Linux), and are picked at random, so that runs side by side
 * rarely meet. When they do, the server that comes second fails to bind, and `startServer` picks another.
 */
export async function freePort(beside = 10_000): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(10_000, 20_000)
    if ((await isFree(port)) && (await isFree(port + beside))) return port
  }
  throw new Error('No free port was found on 127.0.0.1')
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1')
  try {
    await once(probe, 'listening')
  } catch {
    return false
  }
  probe.close()
  await once(probe, 'close')
  return true
}
