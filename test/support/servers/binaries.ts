import { execFileSync } from 'node:child_process'
import { accessSync, constants, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, delimiter, dirname, join, resolve } from 'node:path'

const POLICY = '/usr/sbin/policy-rc.d'

/**
 * The path of the server to test with: the one that REDIS_SERVER names, else `redis-server` or
 * `valkey-server` on PATH. Where there is none, and this is root on Debian or Ubuntu, it is
 * installed: once, by the global set-up, before any test runs.
 */
export function findServer(): string {
  const named = process.env.REDIS_SERVER
  if (named) {
    const path = find(named)
    if (!path) throw new Error(`REDIS_SERVER names ${named}, which is not a program here`)
    return path
  }
  const installed = find('redis-server') ?? find('valkey-server')
  if (installed) return installed
  if (find('apt-get') && process.getuid?.() === 0) install()
  const path = find('redis-server')
  if (!path)
    throw new Error('The tests need redis-server 6.2 or valkey-server 7.2, or later: install one')
  return path
}

/** The command-line client that belongs to `findServer()`: beside it, or on PATH. */
export function findCli(): string {
  const server = findServer()
  const name = basename(server).startsWith('valkey') ? 'valkey-cli' : 'redis-cli'
  const path = find(join(dirname(server), name)) ?? find(name)
  if (!path) throw new Error(`${name} is missing: install it beside ${server}`)
  return path
}

function find(program: string): string | undefined {
  const path = process.env.PATH ?? ''
  const folders = basename(program) === program ? path.split(delimiter) : ['']
  return folders.map((folder) => resolve(folder, program)).find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function install(): void {
  const allowServices = forbidServices()
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
    const run = (...args: string[]) => execFileSync('apt-get', args, { env, stdio: 'pipe' })
    run('update')
    run('install', '-y', '--no-install-recommends', 'redis-server')
  } finally {
    allowServices()
  }
}

/** Debian starts a service as soon as it is installed, unless this file says 101. */
function forbidServices(): () => void {
  try {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' })
  } catch {
    return () => {} // The machine has a policy of its own (container images do): leave it.
  }
  return () => rmSync(POLICY)
}
