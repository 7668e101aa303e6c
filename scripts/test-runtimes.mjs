/**
 * Runs the packed package on several versions of Node, on Bun and on Deno, and prints a table. They come from npm.
 *
 *     npm run test:runtimes               on all of them
 *     npm run test:runtimes -- bun deno   on those whose package's name contains one of these
 *
 * Each program of test/runtimes/checks is one check: it passes if it ends by itself with exit code 0.
 */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const RUNTIMES = [
  { source: 'node@20.19.0', command: ['node'] }, // the oldest that package.json allows
  { source: 'node@20', command: ['node'] },
  { source: 'node@22', command: ['node'] },
  { source: 'node@24', command: ['node'] },
  { source: 'node@latest', command: ['node'] },
  { source: 'bun@latest', command: ['bun'] },
  { source: 'deno@latest', command: ['deno', 'run', '--allow-all'] },
]
const BESIDE = ['@hono/node-server', 'hono', 'ioredis', 'jose', 'koa', 'redis']
const TIMEOUT = 30_000

const root = join(import.meta.dirname, '..')
const wanted = process.argv.slice(2)
const runtimes = RUNTIMES.filter(
  ({ source }) => wanted.length === 0 || wanted.some((part) => source.includes(part)),
)
if (runtimes.length === 0) throw new Error(`no runtime is called ${wanted.join(' or ')}`)

const folder = mkdtempSync(join(tmpdir(), 'test-runtimes-'))
const redis = await startRedis()
try {
  const app = install()
  const checks = readdirSync(join(app, 'checks')).toSorted()
  console.log('| runtime | version | passed | failed | s |\n| --- | --- | ---: | ---: | ---: |')
  const failed = []
  for (const runtime of runtimes) failed.push(...(await runAll(runtime, app, checks)))
  for (const text of failed) console.log(`\n${text}`)
  process.exitCode = failed.length === 0 ? 0 : 1
} finally {
  redis.child.kill()
  await once(redis.child, 'exit')
  rmSync(folder, { recursive: true, force: true })
}

/** Makes an application that has the packed package and what goes with it installed. */
function install() {
  const npm = (cwd, ...args) =>
    execFileSync('npm', args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  npm(root, 'pack', '--silent', '--pack-destination', folder)
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  const app = join(folder, 'app')
  cpSync(join(root, 'test/runtimes'), app, { recursive: true })
  writeFileSync(join(app, 'package.json'), '{ "private": true }')
  const packages = BESIDE.map((name) => {
    const text = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')
    return `${name}@${JSON.parse(text).version}`
  })
  const flags = ['--prefer-offline', '--no-audit', '--no-fund']
  npm(app, 'install', ...flags, join(folder, tarball), ...packages)
  return app
}

/** A server of this run's own, without a file. */
async function startRedis() {
  const program = process.env.REDIS_SERVER || 'redis-server'
  const port = await freePort()
  const args = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve, reject) => {
    child.once('error', reject).once('exit', () => reject(new Error(`${program} has ended`)))
    child.stdout.setEncoding('utf8').on('data', (text) => {
      if (/ready to accept connections/i.test(text)) resolve()
    })
  })
  return { child, url: `redis://127.0.0.1:${port}` }
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  await once(probe.close(), 'close')
  return port
}

/** Runs all checks on one runtime, and prints its line; resolves to what failed. */
async function runAll({ source, command: [program, ...args] }, app, checks) {
  const flags = ['--yes', '--package', source, '--call', `command -v ${program}`]
  const path = execFileSync('npx', flags, { cwd: folder, encoding: 'utf8' }).trim()
  const version = execFileSync(path, ['--version'], { encoding: 'utf8' })
  const [number] = /\d+\.\d+\.\d+/.exec(version)
  const start = performance.now()
  const failed = []
  for (const check of checks) {
    const error = await run(path, [...args, join(app, 'checks', check)], app)
    if (error !== undefined) failed.push(`${program} ${number}, ${check}: ${error}`)
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  const passed = checks.length - failed.length
  console.log(`| ${program} | ${number} | ${passed} | ${failed.length} | ${seconds} |`)
  return failed
}

/** Resolves to what is wrong, or to `undefined`. */
async function run(path, args, cwd) {
  const env = { ...process.env, REDIS_URL: redis.url, NO_COLOR: '1' }
  try {
    await promisify(execFile)(path, args, { cwd, env, timeout: TIMEOUT, killSignal: 'SIGKILL' })
    return undefined
  } catch (error) {
    return error.killed ? `did not end within ${TIMEOUT / 1000} s` : error.stderr || error.message
  }
}
