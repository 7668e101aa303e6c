import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readBlocks } from '../docs/blocks.js'
import { run } from './run.js'

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
 * Compiles consumer.ts, typed.ts, the guide's code and an import of every type named, in an application; resolves to what the
 * compiler printed, which is nothing. It reads all declarations that it meets: `skipLibCheck` is off,
 * and @types/koa and ioredis pass as they are.
 */
export async function compile(
  app: string,
  { compiler, extensions, options }: Mode,
  types: string[],
): Promise<string> {
  const folder = join(app, [compiler, ...extensions].join('-'))
  await mkdir(folder)
  const read = async (name: string) => {
    const source = await readFile(join(import.meta.dirname, name), 'utf8')
    return source
      .replaceAll('../../src/index.js', PACKAGE)
      .replaceAll('../../src/admin/index.js', `${PACKAGE}/admin`)
  }
  const [consumer, typed] = await Promise.all(['consumer.ts', 'typed.ts'].map(read))
  const guide = readBlocks('docs/typed-sessions.md', 'ts')
    .map(({ code }) => code)
    .join('\n')
  await Promise.all(
    extensions.map((extension) => {
      const more = [
        BY_DEFAULT[extension],
        'export const same: typeof sessions = byDefault',
        'app.use(byDefault(app, { client }))',
        `export type { ${types.join(', ')} } from '${PACKAGE}'`,
      ]
      return Promise.all([
        writeFile(join(folder, `app.${extension}`), [consumer, ...more].join('\n')),
        writeFile(join(folder, `typed.${extension}`), typed!),
        writeFile(join(folder, `guide.${extension}`), guide),
      ])
    }),
  )
  const compilerOptions = {
    ...options,
    target: 'es2023',
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
  }
  const files = extensions.flatMap((extension) => [
    `app.${extension}`,
    `typed.${extension}`,
    `guide.${extension}`,
  ])
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  const tsc = join(import.meta.dirname, '../../node_modules', compiler, 'bin/tsc')
  return run(process.execPath, [tsc], { cwd: folder })
}
