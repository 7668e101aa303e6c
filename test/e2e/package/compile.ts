import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readSections } from '../docs/blocks.js'
import { run } from '../../support/run.js'

const PACKAGE = 'koa-redis-session-sets'

const BY_DEFAULT = {
  mts: `import byDefault from '${PACKAGE}'`,
  cts: `import byDefault = require('${PACKAGE}')`,
  ts: `import byDefault from '${PACKAGE}'`,
}

/** How an application resolves modules, and the files that tell TypeScript so. */
export interface Mode {
  /** The package that has the compiler. */
  readonly compiler: string
  readonly extensions: readonly (keyof typeof BY_DEFAULT)[]
  readonly options: Readonly<Record<string, unknown>>
}

/**
 * Compiles, in an application, consumer.ts with an import of every type named, what test/unit/types proves of
 * the sources, the guide's code and the README's; resolves to what the compiler printed, which is nothing.
 * `skipLibCheck` is off: the package's declarations are checked, and @types/koa and ioredis pass as they are.
 */
export async function compile(app: string, mode: Mode, types: string[]): Promise<string> {
  const [consumer, typed, helpers, fields, schemas] = await Promise.all(
    [
      'consumer.ts',
      'typed.ts',
      '../../unit/types/helpers.test-d.ts',
      '../../unit/types/fields.test-d.ts',
      '../../unit/types/schemas.test-d.ts',
    ].map(readSource),
  )
  const guide = readSections('docs/guide/typed-sessions.md').get('Typed sessions')
  const [readme] = readSections('README.md').values()
  const files = mode.extensions.flatMap((extension): [string, string][] => {
    const more = [
      BY_DEFAULT[extension],
      'export const same: typeof sessions = byDefault',
      'app.use(byDefault(app, { client }))',
      `export type { ${types.join(', ')} } from '${PACKAGE}'`,
    ]
    const all = [
      ['app', [consumer, ...more].join('\n')],
      ['typed', typed],
      ['helpers', helpers],
      ['guide', guide],
      ['readme', readme],
    ]
    // These two await outside of functions, which no CommonJS file can.
    if (extension !== 'cts') all.push(['fields', fields], ['schemas', schemas])
    return all.map(([name, code]) => [`${name}.${extension}`, code!])
  })
  return compileFiles(app, mode, Object.fromEntries(files))
}

/**
 * Compiles files of an application, by name, and writes their declarations. TypeScript 7, which is fast and
 * has no API, checks all declarations that it meets; check.cjs only those that matter.
 */
export async function compileFiles(
  app: string,
  { compiler, extensions, options }: Mode,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = join(app, [compiler, options['module'], ...extensions].join('-'))
  await mkdir(folder)
  await Promise.all(
    Object.entries(files).map(([name, code]) => writeFile(join(folder, name), code)),
  )
  const compilerOptions = {
    target: 'es2023',
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    declaration: true,
    emitDeclarationOnly: true,
    outDir: 'declarations',
    rootDir: '.',
    ...options,
  }
  const config = { compilerOptions, files: Object.keys(files) }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const typescript = join(import.meta.dirname, '../../../node_modules', compiler)
  const program =
    compiler === 'typescript7'
      ? [join(typescript, 'bin/tsc')]
      : [join(import.meta.dirname, 'check.cjs'), typescript]
  return run(process.execPath, program, { cwd: folder })
}

/** A file beside this one, as it would stand in an application. */
export async function readSource(path: string): Promise<string> {
  const source = await readFile(join(import.meta.dirname, path), 'utf8')
  return source
    .replaceAll('../../../src/index.js', PACKAGE)
    .replaceAll('../../../src/admin/index.js', `${PACKAGE}/admin`)
}
