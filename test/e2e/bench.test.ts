/**
 * Each benchmark runs, as short as it can: that it works, not what it measures. They need `dist`,
 * and packages of their own, which are installed where they are missing.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { installPackages } from '../support/install-packages.js'
import { run } from '../support/run.js'
import { findServer } from '../support/servers/binaries.js'

// More than `run` grants a program, so that none outlives its test.
vi.setConfig({ testTimeout: 150_000 })

const ROOT = resolve(import.meta.dirname, '../..')

let out: string
beforeAll(() => installPackages('bench'), 250_000)
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'bench-'))
})
afterEach(() => rm(out, { recursive: true, force: true }))

/** Runs a benchmark; resolves to what it printed. */
function bench(file: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  return run(process.execPath, [`bench/${file}`, ...args], {
    cwd: ROOT,
    env: { REDIS_SERVER: findServer(), NODE_ENV: 'production', ...env },
  })
}

/** The first cells of all rows of all tables. */
function rowsOf(printed: string): (string | undefined)[] {
  return Array.from(printed.matchAll(/^\| (.+?) +\|/gm), ([, cell]) => cell)
}

/** What it saved, by the names of the files; plots as text. */
async function saved(): Promise<Record<string, unknown>> {
  const names = await readdir(out)
  const texts = await Promise.all(names.map((name) => readFile(join(out, name), 'utf8')))
  const entries = names.map((name, i) => {
    const text = texts[i]!
    return [name, name.endsWith('.json') ? (JSON.parse(text) as unknown) : text]
  })
  return Object.fromEntries(entries) as Record<string, unknown>
}

test('run: beside all peers', async () => {
  const short = ['--seconds', '0.25', '--rounds', '1', '--routes', 'read']
  const rows = rowsOf(await bench('run.mjs', [...short, '--out', out]))
  const peers = ['koa-session', 'koa-generic-session', 'express-session', 'fastify-session']
  const openLoop = ['open loop, ms: p50, p99', 'ours: p99 / floor’s (middle half)']
  expect(rows).toEqual(
    expect.arrayContaining(['requests/s', 'floor', 'ours', ...peers, ...openLoop]),
  )
  const { 'routes.json': result, 'routes.svg': plot } = await saved()
  expect(result).toMatchObject({
    routes: { read: { ours: { ratio: expect.any(Number) } } },
    latency: { read: { floor: { ratio: 1 }, ours: { p99: expect.any(Number) } } },
    roundTrips: { read: { ours: { trips: expect.any(Number) } } },
  })
  expect(plot).toMatch(/^<svg/)
})

test('run: all routes, on a cluster', async () => {
  const rows = rowsOf(await bench('run.mjs', ['--smoke', '--cluster', '--out', out]))
  expect(rows).toEqual(expect.arrayContaining(['requests/s', 'floor', 'ours']))
  expect(await saved()).toMatchObject({
    'cluster.json': {
      routes: { none: expect.anything(), login: expect.anything() },
      latency: { write: expect.anything(), login25: expect.anything() },
    },
  })
})

test('scale: memory, times, walks', async () => {
  const rows = rowsOf(await bench('scale.mjs', ['--smoke', '--out', out]))
  const titles = ['µs/session', 'one user with all sessions', 'revokeAll, 1,000 sessions', 'goals']
  expect(rows).toEqual(expect.arrayContaining(['1,000 sessions, 10 a user', ...titles]))
  expect(await saved()).toMatchObject({
    'scale.json': { walks: [{ total: 1000, left: 0 }] },
  })
})

interface PeersResult {
  races: Record<string, { promises: Record<string, { cases: number; broken: number }> }>
  facts: Record<string, object>
}

const SAMPLE = { time: expect.any(Number), keys: expect.any(Number) }
const GROUPS = expect.objectContaining({
  hot: expect.objectContaining({ ids: expect.any(Number) }),
})

test.each([
  ['one Redis', 'churn.json', []],
  ['a cluster', 'churn-cluster.json', ['--cluster']],
])('churn: on %s, and nothing is left', async (_, file, args) => {
  const printed = await bench('churn.mjs', ['--smoke', '--out', out, ...args])
  expect(rowsOf(printed).length).toBeGreaterThan(2)
  expect(printed).toMatch(/^Nothing left/m)
  expect(await saved()).toMatchObject({
    [file]: { life: 4, samples: expect.arrayContaining([{ ...SAMPLE, groups: GROUPS }]) },
  })
})

test('costs: on one Redis and a cluster, with replicas', async () => {
  const rows = rowsOf(await bench('costs.mjs', ['--smoke', '--out', out]))
  expect(rows).toEqual(expect.arrayContaining(['sign-in, one Redis', 'delete, a cluster']))
  const costs = { write: { replication: expect.any(Number) } }
  const stream = { redis: expect.any(Number), process: expect.any(Number) }
  expect(await saved()).toMatchObject({
    'costs.json': { one: { costs, stream }, cluster: { costs, stream } },
  })
})

test('ten million: on two clusters, but with fewer', async () => {
  const rows = rowsOf(await bench('ten-million.mjs', ['--sessions', '2000', '--out', out]))
  const titles = ['bytes a session, all of Redis', 'revokeAll, a user with 25, ms']
  expect(rows).toEqual(expect.arrayContaining(titles))
  expect(await saved()).toMatchObject({
    'ten-million.json': { memory: { large: { sessions: 2000, sets: 2000 } } },
  })
})

test('codecs', async () => {
  expect(await bench('codecs.mjs', [], { ROUNDS: '1', OUT: out })).toMatch(/µs decoded/)
  expect(await saved()).toMatchObject({ 'codecs.json': { decoded: expect.any(Number) } })
})

test('peers: schedules that break others do not break this package', async () => {
  const short = ['--schedules', '40', '--limit', '500']
  const rows = rowsOf(await bench('peers.mjs', [...short, '--out', out]))
  expect(rows).toEqual(expect.arrayContaining(['ours', 'koa-session', 'better-auth', 'status']))
  const { 'peers.json': result } = (await saved()) as { 'peers.json': PeersResult }
  const { ours, ...others } = result.races
  for (const [promise, { cases, broken }] of Object.entries(ours!.promises)) {
    expect([cases > 0, broken], promise).toEqual([true, 0])
    const found = Object.values(others).some(({ promises }) => promises[promise]?.broken)
    expect(found, promise).toBe(true)
  }
  expect(result.facts['ours']).toMatchObject({ stolen: false, fixation: false })
  expect(result.facts['koa-session']).toMatchObject({ stolen: true, fixation: true })
})

test('profile', async () => {
  const short = ['--seconds', '0.5', '--routes', 'read', '--top', '3']
  const rows = rowsOf(await bench('profile.mjs', [...short, '--out', out]))
  expect(rows).toEqual(expect.arrayContaining(['/read: µs/request', 'ioredis']))
  expect(Object.keys(await saved()).toSorted()).toEqual([
    'floor-read.cpuprofile',
    'ours-read.cpuprofile',
  ])
})
