/**
 * Runs the contract, the integration tests and the races on several servers, one after another, and prints a table.
 *
 *     npm run test:servers                          all that can be had here
 *     npm run test:servers -- --only valkey         those whose name or version contains that
 *     npm run test:servers -- --servers /a,/b       these programs instead
 *     npm run test:servers -- test/contract         other tests
 *
 * Besides `redis-server` and `valkey-server` on the PATH these are the servers of Debian's suites, fetched into
 * `.servers` without touching the machine. That takes root, and `debootstrap`, which is installed if it is missing.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const SUITES = ['trixie', 'sid']
const PROGRAMS = ['redis-server', 'valkey-server']
const CLIENTS = ['redis-cli', 'valkey-cli']
const FOLDER = resolve('.servers')

const { values: options, positionals } = parseArgs({
  options: { only: { type: 'string', default: '' }, servers: { type: 'string' } },
  allowPositionals: true,
})
const tests = positionals.length > 0 ? positionals : ['test/contract', 'test/integration']
const paths = options.servers?.split(',') ?? [...installed(), ...SUITES.flatMap(fetched)]
const servers = paths
  .map((path) => ({ path, version: versionOf(path) }))
  .filter(({ path, version }) => `${path} ${version}`.includes(options.only))

const results = []
for (const { path, version } of servers) {
  console.log(`\n${version}: ${path}`)
  results.push({ version, ...(await run(path)) })
}
console.log('\n| server | passed | failed | skipped | s |\n| --- | ---: | ---: | ---: | ---: |')
for (const { version, passed, failed, skipped, seconds } of results) {
  console.log(`| ${version} | ${passed} | ${failed.length} | ${skipped} | ${seconds} |`)
}
for (const { version, failed } of results) {
  for (const name of failed) console.log(`${version}: ${name}`)
}
if (results.length === 0) throw new Error('no server to test with')
process.exitCode = results.some(({ passed, failed }) => passed === 0 || failed.length > 0) ? 1 : 0

function installed() {
  return PROGRAMS.flatMap((program) => {
    const { stdout } = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' })
    return stdout === '' ? [] : [stdout.trim()]
  })
}

/** The servers of a suite, started by its own loader with its own libraries. */
function fetched(suite) {
  const root = join(FOLDER, suite)
  const bin = join(FOLDER, `${suite}-bin`)
  if (!existsSync(bin)) {
    if (process.getuid?.() !== 0) {
      console.log(`${suite}: needs root, for debootstrap`)
      return []
    }
    if (spawnSync('debootstrap', ['--version']).error)
      quietly('apt-get', 'install', '-y', 'debootstrap')
    console.log(`${suite}: fetching its servers`)
    rmSync(root, { recursive: true, force: true })
    quietly('debootstrap', '--variant=minbase', `--include=${PROGRAMS.join()}`, suite, root)
    wrap(root, bin)
  }
  return PROGRAMS.map((program) => join(bin, program)).filter((path) => existsSync(path))
}

function wrap(root, bin) {
  const libraries = join(root, 'usr/lib')
  const folder = readdirSync(libraries).find((name) => name.includes('-linux-gnu'))
  const path = join(libraries, folder)
  const loader = readdirSync(path).find((name) => /^ld-linux.*\.so\.\d+$/.test(name))
  quietly('mkdir', '-p', bin)
  for (const program of [...PROGRAMS, ...CLIENTS]) {
    const real = join(root, 'usr/bin', program)
    if (!existsSync(real)) continue
    const command = `exec '${join(path, loader)}' --library-path '${path}' '${real}' "$@"`
    writeFileSync(join(bin, program), `#!/bin/sh\n${command}\n`, { mode: 0o755 })
  }
}

function quietly(command, ...args) {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** 'Redis 8.0.2' */
function versionOf(path) {
  const text = execFileSync(path, ['--version'], { encoding: 'utf8' })
  // Valkey 7.2 does not say its name.
  const [, name = 'Valkey', version] = /^(?:(\w+) )?server v=(\S+)/i.exec(text) ?? [
    undefined,
    path,
    text.trim(),
  ]
  return `${name} ${version}`
}

async function run(server) {
  const folder = mkdtempSync(join(tmpdir(), 'test-servers-'))
  const report = join(folder, 'report.json')
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`]
  const start = performance.now()
  const child = spawn('npx', ['vitest', 'run', ...reporters, ...tests], {
    env: { ...process.env, REDIS_SERVER: server },
    stdio: 'inherit',
  })
  await once(child, 'exit')
  const { numPassedTests, numPendingTests, testResults } = JSON.parse(readFileSync(report, 'utf8'))
  rmSync(folder, { recursive: true })
  const failed = testResults.flatMap(({ name, status, assertionResults }) => {
    const names = assertionResults
      .filter((test) => test.status === 'failed')
      .map(({ fullName }) => fullName)
    // A file that could not be loaded has no tests.
    return names.length === 0 && status === 'failed' ? [name] : names
  })
  const seconds = Math.round((performance.now() - start) / 1000)
  return { passed: numPassedTests, failed, skipped: numPendingTests, seconds }
}
