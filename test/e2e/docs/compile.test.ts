/**
 * All TypeScript in the README, under docs and in docstrings' examples compiles in a strict application, with
 * `nodenext` and `"type": "module"`. The README also compiles against the packed tarball: see ../package.
 */
import { resolve } from 'node:path'
import ts from 'typescript'
import { expect, test, vi } from 'vitest'
import { PAGES, readBlocks, readSections } from './blocks.js'
import { readExamples } from './examples.js'

// The compiler reads the types of Node, Koa and both Redis clients.
vi.setConfig({ testTimeout: 120_000 })

const ROOT = resolve(import.meta.dirname, '../../..')

/** What the pages take from "Setup" in docs/guide/sign-in.md, or from the reader. */
const SCOPE = `
import type { Router } from '@koa/router'
import type { Redis } from 'ioredis'
import type Koa from 'koa'
import type { DefaultState } from 'koa'
import type * as api from 'koa-redis-session-sets'

declare global {
  const app: Koa
  const client: Redis
  const id: string
  const router: Router<DefaultState, api.SessionContext<typeof Session>>
  const sessions: typeof api.sessions
  const Session: api.SessionMiddleware
  function describeBrowser(agent: string): string
  function findLatestAuditRows(count: number): Promise<{ time: number; name: string; user: string }[]>
  function findAuditRows(
    field: string,
    value: string,
    id: string | undefined,
  ): Promise<{ time: Date; name: string; session: string; by?: string }[]>
  function on<Name extends keyof api.SessionEvents>(
    name: Name,
    listener: (event: api.SessionEvents[Name]) => void,
  ): void
  function createApp(options: api.SessionOptions): { app: Koa; Session: api.SessionMiddleware }
  function findRole(user: string, organisation: string): Promise<string | undefined>
  function findUserByToken(token: string): Promise<{ id: number } | undefined>
  function findUserById(id: string): Promise<{ id: number; role: string } | undefined>
  function findUserBySubject(subject: string | undefined): Promise<{ id: number } | undefined>
  function findUser(name: string, password: string): Promise<{ id: number } | undefined>
  function hasPassword(user: string, password: string): Promise<boolean>
  function savePassword(user: string, password: string): Promise<void>
  function takeResetToken(token: string): Promise<string | undefined>
}
`

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2024.d.ts'],
  types: ['node'],
  strict: true,
  noUnusedLocals: false,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  noEmit: true,
  paths: {
    'koa-redis-session-sets': [resolve(ROOT, 'src/entry/import.mts')],
    'koa-redis-session-sets/admin': [resolve(ROOT, 'src/admin/index.ts')],
    'koa-redis-session-sets/adopt': [resolve(ROOT, 'src/adopt/index.ts')],
    'koa-redis-session-sets/back-channel-logout': [
      resolve(ROOT, 'src/back-channel-logout/index.ts'),
    ],
    'koa-redis-session-sets/node': [resolve(ROOT, 'src/node/index.ts')],
    'koa-redis-session-sets/device-bound': [resolve(ROOT, 'src/device-bound/index.ts')],
    'koa-redis-session-sets/passport': [resolve(ROOT, 'src/passport/index.ts')],
  },
}

/** Compiles files that are not on disk; resolves to the errors in each. */
function compile(files: ReadonlyMap<string, string>): string[] {
  const host = ts.createCompilerHost(OPTIONS)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (path) => files.has(path) || fileExists(path)
  host.readFile = (path) => files.get(path) ?? readFile(path)
  host.getSourceFile = (path, ...rest) => {
    const text = files.get(path)
    return text === undefined
      ? getSourceFile(path, ...rest)
      : ts.createSourceFile(path, text, {
          languageVersion: ts.ScriptTarget.ES2023,
          impliedNodeFormat: ts.ModuleKind.ESNext,
        })
  }
  const program = ts.createProgram([...files.keys()], OPTIONS, host)
  return [...files.keys()].flatMap((path) => {
    const file = program.getSourceFile(path)
    const found = [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ]
    return found.map(({ messageText, start = 0 }) => {
      const { line } = ts.getLineAndCharacterOfPosition(file!, start)
      return `${path}:${line + 1} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
    })
  })
}

const inRoot = (name: string) => resolve(ROOT, 'test/e2e/docs', name)

const toFile = (name: string, code: string): [string, string] => [
  inRoot(name.replaceAll(/[^\w-]+/g, '.') + '.mts'),
  // A module, whose names are its own.
  `${code}\nexport {}\n`,
]

const sections = PAGES.flatMap((page) =>
  Array.from(readSections(page), ([heading, code]) => toFile(`${page} ${heading}`, code)),
)

const examples = readExamples().map(([name, code]) => toFile(name, code))

test('all TypeScript compiles', () => {
  expect(sections.length).toBeGreaterThan(25)
  expect(examples.length).toBeGreaterThan(20)
  const files = [...sections, ...examples]
  expect(compile(new Map([[inRoot('scope.mts'), SCOPE], ...files]))).toEqual([])
})

test('an error in a page would be found', () => {
  const page = inRoot('wrong.mts')
  const code = 'router.get("/", async (ctx) => ctx.session.save())\nexport {}'
  expect(
    compile(
      new Map([
        [inRoot('scope.mts'), SCOPE],
        [page, code],
      ]),
    ),
  ).toEqual([expect.stringContaining("Property 'save' does not exist")])
})

test('all code is TypeScript, for a test runner, or for a shell', () => {
  for (const page of PAGES) {
    for (const { language, code } of readBlocks(page)) {
      // The rules for Redis's ACL are in no language; ../store tests them.
      expect(['ts', 'js', 'sh'], `${page}:\n${code}`).toContain(
        code.startsWith('ACL SETUSER') ? 'sh' : language,
      )
    }
  }
})
