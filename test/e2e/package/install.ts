import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { run } from '../../support/run.js'

const ROOT = resolve(import.meta.dirname, '../../..')
const NOT_COPIED = new Set(['.git', 'coverage', 'dist', 'node_modules'])
const FIXTURES = ['example.cjs', 'example.mjs', 'example.test.cjs', 'surface.cjs', 'visit.cjs']

/**
 * Packs the package as it would be published; resolves to the tarball's path. It does so in a copy
 * of the repository: other tests may be using `dist`, which packing builds anew.
 */
export async function pack(folder: string): Promise<string> {
  const copy = join(folder, 'repository')
  const filter = (path: string) => !NOT_COPIED.has(basename(path))
  await cp(ROOT, copy, { recursive: true, filter })
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  // As if left by an older build: it must not be published.
  await mkdir(join(copy, 'dist'))
  await writeFile(join(copy, 'dist/stale.js'), '')

  // `prepack` builds, whatever the user's own configuration says about scripts.
  const args = ['pack', '--ignore-scripts=false', '--pack-destination', folder]
  await run('npm', args, { cwd: copy })
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'))
  return join(folder, tarball!)
}

/** Makes an application that has the tarball and what goes with it installed; resolves to its folder. */
export async function install(folder: string, tarball: string): Promise<string> {
  const app = join(folder, 'app')
  await mkdir(app)
  await writeFile(join(app, 'package.json'), '{ "private": true }')
  const ours = [
    '@koa/router',
    '@standard-schema/spec',
    '@types/koa',
    '@types/node',
    'arktype',
    'expect-type',
    'ioredis',
    'jose',
    'koa',
    'valibot',
    'zod',
  ]
  const packages = await Promise.all(
    ours.map(async (name) => `${name}@${await installedVersion(name)}`),
  )
  const flags = ['--prefer-offline', '--no-audit', '--no-fund']
  const args = ['install', ...flags, tarball, 'esbuild@0.28', 'jest@30', ...packages]
  await run('npm', args, { cwd: app, timeout: 150_000 })
  await Promise.all(FIXTURES.map((name) => cp(join(import.meta.dirname, name), join(app, name))))
  return app
}

/** Makes an application of client libraries that are too old for the tarball; resolves to its folder. */
export async function installBesideOlder(folder: string, tarball: string): Promise<string> {
  const app = join(folder, 'older')
  await mkdir(app)
  await writeFile(join(app, 'package.json'), '{ "private": true }')
  const older = ['ioredis@4', 'redis@4', 'redis3@npm:redis@3', 'koa@3', '@types/koa@3']
  const flags = ['--prefer-offline', '--no-audit', '--no-fund']
  await run('npm', ['install', ...flags, ...older], { cwd: app, timeout: 150_000 })
  await run('npm', ['install', ...flags, tarball], { cwd: app, timeout: 150_000 })
  return app
}

async function installedVersion(name: string): Promise<string> {
  const text = await readFile(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  return version
}
