import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { publint } from 'publint'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import * as source from '../../../src/index.js'
import { readBlocks } from '../docs/blocks.js'
import { compile, compileFiles, type Mode, readSource } from './compile.js'
import { install, installBesideOlder, pack } from './install.js'
import { run } from '../../support/run.js'
import { type ExportedTypes, readTypes } from './exported-types.js'

// More than `run` grants a program, so that none outlives its test.
vi.setConfig({ testTimeout: 150_000 })

/** An application in an empty folder that has installed what would be published. */
let folder: string
let tarball: string
let app: string
let installed: string
/** What each of the entries exports. */
let types: ExportedTypes[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'package-'))
  tarball = await pack(folder)
  app = await install(folder, tarball)
  installed = join(app, 'node_modules/koa-redis-session-sets')
  const entries = ['index.d.ts', 'entry/import.d.mts', 'entry/require.d.cts']
  types = readTypes(entries.map((path) => join(installed, 'dist', path)))
}, 210_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

function node(args: string[], env: Record<string, string> = {}): Promise<string> {
  return run(process.execPath, args, { cwd: app, env })
}

test('holds what its users need, and nothing else', async () => {
  const listed = await run('tar', ['-tzf', tarball], { cwd: folder })
  const files = listed
    .trim()
    .replaceAll(/^package\//gm, '')
    .split('\n')
  const built = files.filter((file) => file.startsWith('dist/'))
  const others = files.filter((file) => !file.startsWith('dist/'))

  // One script and its types for each source: nothing missing, nothing left by an older build.
  const sources = await readdir(resolve(import.meta.dirname, '../../../src'), { recursive: true })
  const outputs = sources.flatMap((path) => {
    const [, name, kind] = /^(.+)\.([cm]?)ts$/.exec(path) ?? []
    return name === undefined ? [] : [`dist/${name}.${kind}js`, `dist/${name}.d.${kind}ts`]
  })
  expect(built.toSorted()).toEqual(outputs.toSorted())
  expect(others).toEqual(expect.arrayContaining(['package.json', 'LICENSE']))
  const forUsers = /^(?:package\.json|LICENSE|(?:README|ARCHITECTURE|CHANGELOG)\.md|docs\/.+)$/
  expect(others.filter((file) => !forUsers.test(file))).toEqual([])
})

test('has no `any` in its types', async () => {
  const paths = await readdir(join(installed, 'dist'), { recursive: true })
  const declarations = paths.filter((path) => /\.d\.[cm]?ts$/.test(path))
  expect(declarations).not.toEqual([])
  const found = await Promise.all(
    declarations.map(async (path) => {
      const text = await readFile(join(installed, 'dist', path), 'utf8')
      const code = text.replaceAll(/\/\*.*?\*\/|\/\/.*?$/gms, '')
      return /\bany\b/.test(code) ? path : []
    }),
  )
  expect(found.flat()).toEqual([])
})

test('gives `require` and `import` one copy of the code, with the same names', async () => {
  const names = Object.keys(source).toSorted()
  expect(JSON.parse(await node(['surface.cjs']))).toEqual({
    required: names,
    imported: names,
    different: [],
    functions: ['function', 'function'],
    caught: [true, true, true],
    devices: ['function', true],
    node: ['function', true],
    adopt: [
      ['fromExpressSession', 'fromKoaGenericSession', 'fromKoaSession', 'fromVersion3'],
      true,
    ],
    passport: [['passportFields', 'passportSession'], true],
    logout: [['backChannelLogout'], true],
    pages: [['admin'], 'function', true],
  })
})

test('gives `require` and `import` the same types', () => {
  const [all, ...others] = types
  expect(all!.size).toBeGreaterThan(10)
  for (const each of others) {
    const missing = [...all!.keys()].filter((name) => !each.has(name))
    const different = [...each].filter(([name, { parameters, type }]) => {
      const one = all!.get(name)
      // An alias of a generic type is another object; whether it takes as many has to do.
      return one?.parameters !== parameters || (parameters === 0 && one.type !== type)
    })
    expect({ missing, different: different.map(([name]) => name) }).toEqual({
      missing: [],
      different: [],
    })
  }
})

// A request made one session and its place in a set; "later" left nothing of them.
const SIGNED_OUT = { status: 204, hashes: 1, sets: 1, left: [] }
const BY_REQUIRE = `require('./visit.cjs')(require('./example.cjs'))
  .then((result) => console.log(JSON.stringify(result)))`
const BY_IMPORT = `import visit from './visit.cjs'
  import * as example from './example.mjs'
  console.log(JSON.stringify(await visit(example)))`

/** The other test files use the server's first database. */
function database(index: number): { REDIS_URL: string } {
  return { REDIS_URL: new URL(`/${index}`, inject('redisUrl')).href }
}

test('runs the example in CommonJS', async () => {
  expect(JSON.parse(await node(['-e', BY_REQUIRE], database(9)))).toEqual(SIGNED_OUT)
})

test('runs the example in an ES module', async () => {
  const args = ['--input-type=module', '-e', BY_IMPORT]
  expect(JSON.parse(await node(args, database(10)))).toEqual(SIGNED_OUT)
})

// Jest waits for all that is still open: a timer left behind would end in a timeout here.
test("runs the example under Jest's own `require`", async () => {
  await node(['node_modules/jest/bin/jest.js', '--ci', '--cacheDirectory=.jest'], database(11))
})

describe('the tests of docs/guide/testing.md', () => {
  const blockOf = (heading: string): string =>
    readBlocks('docs/guide/testing.md').find((block) => block.heading === heading)!.code

  beforeAll(async () => {
    const options = { target: ts.ScriptTarget.ES2022, esModuleInterop: true }
    const transpile = (module: ts.ModuleKind) =>
      ts.transpileModule(blockOf('Testing'), { compilerOptions: { ...options, module } }).outputText
    await writeFile(join(app, 'app.mjs'), transpile(ts.ModuleKind.ESNext))
    await writeFile(join(app, 'app.cjs'), transpile(ts.ModuleKind.CommonJS))
    await symlink(resolve('node_modules/vitest'), join(app, 'node_modules/vitest'))
  })

  test.each([
    ['Vitest', 'clock.test.mjs', ['node_modules/vitest/vitest.mjs', 'run', '--root', '.']],
    ['Jest', 'clock.test.cjs', ['node_modules/jest/bin/jest.js', '--ci', '--cacheDirectory=.jest']],
    ['node:test', 'clock-node.mjs', ['--test', '--test-reporter=tap']],
  ])('pass in %s', async (heading, name, args) => {
    await writeFile(join(app, name), blockOf(heading))
    const printed = await node([...args, name])
    if (heading === 'node:test') expect(printed).toMatch(/^# pass 1$/m)
  })
})

test('runs the example in an ESM bundle by esbuild', async () => {
  const ours = ['--bundle', '--format=esm', '--platform=node', '--outfile=bundle.mjs']
  const theirs = ['koa', '@koa/router', 'ioredis'].map((name) => `--external:${name}`)
  await run('node_modules/.bin/esbuild', ['example.mjs', ...ours, ...theirs], { cwd: app })
  const args = ['--input-type=module', '-e', BY_IMPORT.replace('example.mjs', 'bundle.mjs')]
  expect(JSON.parse(await node(args, database(12)))).toEqual(SIGNED_OUT)
})

test('installs beside clients that are too old, and refuses each by name', async () => {
  const older = await installBesideOlder(folder, tarball)
  const refusals = `
    const Koa = require('koa')
    const sessions = require('koa-redis-session-sets')
    const Redis = require('ioredis')
    const redis4 = require('redis')
    const redis3 = require('redis3').createClient({ port: 1, retry_strategy: () => undefined })
    redis3.on('error', () => {})
    const clients = {
      ioredis: new Redis({ lazyConnect: true }),
      ioredisCluster: new Redis.Cluster([{ host: 'x' }], { lazyConnect: true }),
      redis4: redis4.createClient(),
      redis4Cluster: redis4.createCluster({ rootNodes: [{ url: 'redis://x' }] }),
      redis3,
    }
    for (const [name, client] of Object.entries(clients)) {
      try {
        sessions(new Koa(), { client })
        console.log(name, 'accepted')
      } catch ({ code, message }) {
        console.log(name, code, message.replace(/.*, not of /, ''))
      }
    }
    process.exit()`
  const output = await run(process.execPath, ['-e', refusals], { cwd: older })
  expect(output.trim().split('\n')).toEqual([
    'ioredis ERR_SESSION_OPTIONS ioredis before 5',
    'ioredisCluster ERR_SESSION_OPTIONS ioredis before 5',
    'redis4 ERR_SESSION_OPTIONS node-redis before 5',
    'redis4Cluster ERR_SESSION_OPTIONS node-redis before 5',
    'redis3 ERR_SESSION_OPTIONS node-redis before 5',
  ])
})

const NODE: Omit<Mode, 'compiler'> = {
  extensions: ['mts', 'cts'],
  // Nothing of a browser is needed.
  options: { module: 'nodenext', lib: ['es2023'] },
}
const BUNDLER: Omit<Mode, 'compiler'> = {
  extensions: ['ts'],
  options: { module: 'esnext', moduleResolution: 'bundler' },
}

describe.each([
  ['5.9', 'typescript59'],
  ['6.0', 'typescript'],
  ['7.0', 'typescript7'],
])('with TypeScript %s', (_version, compiler) => {
  test.each([
    ['in Node, as .mts and .cts', NODE],
    ['for a bundler', BUNDLER],
  ])('compiles in a strict application %s', async (_where, mode) => {
    expect(await compile(app, { ...mode, compiler }, [...types[0]!.keys()])).toBe('')
  })
})

test('compiles without esModuleInterop, and ctx.session has its types', async () => {
  const options = {
    module: 'commonjs',
    moduleResolution: 'node10',
    esModuleInterop: false,
    lib: ['es2023'],
  }
  const mode: Mode = { compiler: 'typescript59', extensions: ['ts'], options }
  expect(await compileFiles(app, mode, { 'app.ts': await readSource('no-interop.ts') })).toBe('')
})

test('publint has nothing to say', async () => {
  const file = await readFile(tarball)
  const { messages } = await publint({
    strict: true,
    pack: { tarball: file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) },
  })
  expect(messages).toEqual([])
})

test('the types are right for every way to resolve them', async () => {
  const cli = resolve(
    import.meta.dirname,
    '../../../node_modules/@arethetypeswrong/cli/dist/index.js',
  )
  expect(await node([cli, tarball, '--no-color'])).toContain('No problems found')
})
