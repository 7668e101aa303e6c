import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cluster, Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { findCli } from '../../support/servers/binaries.js'
import { type RedisCluster, startCluster } from '../../support/servers/cluster.js'
import { startGuard } from '../../support/servers/guard.js'
import { type RedisServer, startReplica, startServer } from '../../support/servers/server.js'

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('the servers that all tests share', () => {
  test('one server', async () => {
    const client = new Redis(inject('redisUrl'))
    expect(await client.ping()).toBe('PONG')
    client.disconnect()
  })

  test('one cluster', async () => {
    const client = new Cluster(inject('clusterNodes'))
    expect(await client.cluster('INFO')).toContain('cluster_state:ok')
    client.disconnect()
  })
})

describe('a server', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  test('answers', async () => {
    expect(await server.command('PING')).toBe('PONG')
    expect(await server.command('CONFIG', 'GET', 'save')).toEqual(['save', ''])
  })

  test('answers its command-line client', () => {
    expect(String(execFileSync(findCli(), ['-u', server.url, 'PING']))).toBe('PONG\n')
  })

  test('takes arguments', async () => {
    const other = await startServer(['--maxmemory', '50mb'])
    onTestFinished(() => other.stop())
    expect(await other.command('INFO', 'memory')).toContain('maxmemory:52428800')
  })

  test('says why it does not start', async () => {
    await expect(startServer(['--no-such-option', '1'])).rejects.toThrow('no-such-option')
  })

  test('answers nothing while it is frozen', async () => {
    const other = await startServer()
    onTestFinished(() => other.stop())
    server.freeze()
    const frozen = server.command('PING')
    // The other one answers this after 0.2 s.
    const blocked = other.command('BLPOP', 'nothing', 0.2)
    expect(await Promise.race([frozen, blocked])).toBe(null)
    server.thaw()
    expect(await frozen).toBe('PONG')
  })

  test('is empty after a crash, on the same port', async () => {
    const { pid, port } = server
    await server.command('SET', 'key', 'value')
    await server.kill()
    expect(isAlive(pid)).toBe(false)
    await expect(server.command('PING')).rejects.toThrow()

    await server.restart()
    expect(server.pid).not.toBe(pid)
    expect(server.port).toBe(port)
    expect(await server.command('DBSIZE')).toBe(0)
  })

  test('has a replica that follows it', async () => {
    const replica = await startReplica(server)
    onTestFinished(() => replica.stop())
    const client = new Redis(server.url)
    await client.set('key', 'copied')
    expect(await client.wait(1, 0)).toBe(1)
    client.disconnect()
    expect(await replica.command('GET', 'key')).toBe('copied')
  })

  test.each(['running', 'frozen', 'killed'])('leaves nothing behind: %s', async (state) => {
    const { pid, dir, ...other } = await startServer()
    if (state === 'frozen') other.freeze()
    if (state === 'killed') await other.kill()
    expect(isAlive(pid)).toBe(state !== 'killed')
    expect(existsSync(dir)).toBe(true)
    await other.stop()
    await other.stop()
    expect(isAlive(pid)).toBe(false)
    expect(existsSync(dir)).toBe(false)
  })

  test('does not outlive a run that dies: its guard ends it', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'redis-'))
    const guard = startGuard(dir)
    const sleeper = spawn('sleep', ['60'])
    onTestFinished(() => void sleeper.kill())
    guard.watch(sleeper.pid)
    const exit = once(sleeper, 'exit')
    await guard.dismiss() // Closes the guard's input, as the system does for a process that dies.
    expect(await exit).toEqual([null, 'SIGKILL'])
    expect(existsSync(dir)).toBe(false)
  })
})

describe('a cluster', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startCluster()
  })
  afterAll(() => cluster.stop())

  test('has three primaries, each with a replica', async () => {
    const shards = (await cluster.servers[0]!.command('CLUSTER', 'SLOTS')) as unknown[][]
    const primaries = cluster.nodes.slice(0, 3).map(({ port }) => port)
    const replicas = cluster.nodes.slice(3).map(({ port }) => port)
    const ports = shards.map(([, , ...nodes]) => nodes.map((node) => (node as unknown[])[1]))
    expect(new Map(ports as [number, number][])).toEqual(
      new Map(primaries.map((port, index) => [port, replicas[index]])),
    )
  })

  test('gives to one client what another one has set', async () => {
    const [one, other] = [new Cluster(cluster.nodes), new Cluster(cluster.nodes.slice(4))]
    const keys = Array.from({ length: 30 }, (_, index) => `key:${index}`)
    await Promise.all(keys.map((key) => one.set(key, `value of ${key}`)))
    const values = await Promise.all(keys.map((key) => other.get(key)))
    expect(values).toEqual(keys.map((key) => `value of ${key}`))
    one.disconnect()
    other.disconnect()
  })

  test('leaves nothing behind', async () => {
    const servers = cluster.servers.map(({ pid, dir }) => ({ pid, dir }))
    expect(servers.every(({ pid }) => isAlive(pid))).toBe(true)
    await cluster.stop()
    expect(servers.some(({ pid }) => isAlive(pid))).toBe(false)
    expect(servers.some(({ dir }) => existsSync(dir))).toBe(false)
  })
})
