import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { findServer } from './binaries.js'
import { startGuard } from './guard.js'
import { freePort } from './ports.js'
import { until } from '../until.js'

/** A server of the test's own, on 127.0.0.1, which keeps nothing on disk. */
export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Of the running process; `restart` changes it. */
  readonly pid: number
  /** Its working folder, until `stop`. */
  readonly dir: string
  /** Lets it hang: connections stay open, and new ones are accepted, but nothing is answered. */
  freeze(): void
  thaw(): void
  /** Ends it as a crash would; resolves when it is gone. */
  kill(): Promise<void>
  /** Starts it again on the same port, empty; kills it first if it still runs. */
  restart(): Promise<void>
  /** Ends it for good and removes its folder. Does no harm when called twice. */
  stop(): Promise<void>
  /** Sends one command on a connection of its own. */
  command(name: string, ...args: (string | number)[]): Promise<unknown>
}

/** Starts a server; `args` are added to its command line, and win. */
export async function startServer(args: string[] = []): Promise<RedisServer> {
  const dir = await mkdtemp(join(tmpdir(), 'redis-'))
  const guard = startGuard(dir)

  const launch = async (port: number): Promise<ChildProcess> => {
    // Replicas get their copy at once: by default a primary waits 5 s for more of them to ask.
    const own = `--port ${port} --bind 127.0.0.1 --daemonize no --appendonly no`.split(' ')
    const more = ['--dir', dir, '--save', '', '--repl-diskless-sync-delay', '0', ...args]
    const child = spawn(findServer(), [...own, ...more], { stdio: ['ignore', 'pipe', 'pipe'] })
    guard.watch(child.pid)
    child.once('exit', () => guard.watch())
    await untilReady(child)
    await command(port, 'PING')
    return child
  }

  try {
    const first = await onFreePort(launch)
    const { port } = first
    let { child } = first
    return {
      dir,
      port,
      url: `redis://127.0.0.1:${port}`,
      get pid() {
        return child.pid!
      },
      freeze: () => void child.kill('SIGSTOP'),
      thaw: () => void child.kill('SIGCONT'),
      kill: () => end(child, 'SIGKILL'),
      async restart() {
        await end(child, 'SIGKILL')
        child = await launch(port)
      },
      async stop() {
        child.kill('SIGCONT')
        const lastResort = setTimeout(() => child.kill('SIGKILL'), 2000)
        await end(child, 'SIGTERM')
        clearTimeout(lastResort)
        await guard.dismiss()
      },
      command: (...words) => command(port, ...words),
    }
  } catch (error) {
    await guard.dismiss()
    throw error
  }
}

/** Starts a server that copies `primary`; resolves when it has the copy and receives all writes. */
export async function startReplica(primary: RedisServer): Promise<RedisServer> {
  const replica = await startServer(['--replicaof', '127.0.0.1', String(primary.port)])
  try {
    await untilFollowing(replica, primary)
  } catch (error) {
    await replica.stop()
    throw error
  }
  return replica
}

/** A replica may have its copy up to a second before its primary sends it what is new. */
export async function untilFollowing(replica: RedisServer, primary: RedisServer): Promise<void> {
  await until(`${replica.url} follows ${primary.url}`, async () => {
    const copied = String(await replica.command('INFO', 'replication'))
    const sent = String(await primary.command('INFO', 'replication'))
    return (
      copied.includes('master_link_status:up') && sent.includes(`port=${replica.port},state=online`)
    )
  })
}

async function onFreePort(launch: (port: number) => Promise<ChildProcess>) {
  for (let tries = 1; ; tries++) {
    const port = await freePort()
    try {
      return { port, child: await launch(port) }
    } catch (error) {
      // Somebody took the port after it was found free.
      if (tries === 5 || !String(error).includes('Address already in use')) throw error
    }
  }
}

/** Resolves when the server says that it is ready; rejects with what it said if it never does. */
async function untilReady(child: ChildProcess): Promise<void> {
  const tooLong = setTimeout(() => child.kill('SIGKILL'), 10_000)
  let output = ''
  try {
    await new Promise<void>((resolve, reject) => {
      const read = (text: string) => {
        output += text
        if (output.includes('Ready to accept connections')) resolve()
      }
      child.stdout!.setEncoding('utf8').on('data', read)
      child.stderr!.setEncoding('utf8').on('data', read)
      child.once('error', reject)
      child.once('close', () => reject(new Error(`The server did not start:\n${output}`)))
    })
  } finally {
    clearTimeout(tooLong)
  }
  // It goes on talking, and would stop when nobody read it.
  child.stdout!.removeAllListeners('data').resume()
  child.stderr!.removeAllListeners('data').resume()
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}

async function command(port: number, name: string, ...args: (string | number)[]) {
  const client = new Redis(port, {
    lazyConnect: true,
    retryStrategy: null,
    enableReadyCheck: false,
  })
  client.on('error', () => {}) // The promises below tell it as well.
  try {
    await client.connect()
    return await client.call(name, ...args)
  } finally {
    client.disconnect()
  }
}
