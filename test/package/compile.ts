import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './run.js'

const PACKAGE = 'koa-redis-session-sets'

const BY_DEFAULT = {
  mts: `import byDefault from '${PACKAGE}'`,
  cts: `import byDefault = require('${PACKAGE}')`,
  ts: `import byDefault from '${PACKAGE}'`,
}

/** How an application resolves modules, and the files that tell TypeScript so. */
export interface Mode {
  readonly extensions: readonly (keyof typeof BY_DEFAULT)[]
  readonly options: Readonly<Record<string, unknown>>
}

/**
 * Compiles consumer.ts and an import of every type named, in an application; resolves to what the
 * compiler printed, which is nothing. It reads all declarations that it meets: `skipLibCheck` is off,
 * and @types/koa and ioredis pass as they are.
 */
export async function compile(
  app: string,
  { extensions, options }: Mode,
  types: string[],
): Promise<string> {
  const folder = join(app, extensions.join('-'))
  await mkdir(folder)
  const source = await readFile(join(import.meta.dirname, 'consumer.ts'), 'utf8')
  const consumer = source.replaceAll('../../src/index.js', PACKAGE)
  await Promise.all(
    extensions.map((extension) => {
      const more = [
        BY_DEFAULT[extension],
        'export const same: typeof sessions = byDefault',
        'app.use(byDefault(app, { client }))',
        `export type { ${types.join(', ')} } from '${PACKAGE}'`,
      ]
      return writeFile(join(folder, `app.${extension}`), [consumer, ...more].join('\n'))
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
  const files = extensions.map((extension) => `app.${extension}`)
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  return run(process.execPath, ['../node_modules/typescript/bin/tsc'], { cwd: folder })
}
