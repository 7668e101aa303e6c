import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import ts from 'typescript'

const ROOT = new URL('../../../', import.meta.url)

export interface Block {
  /** The heading above it. */
  heading: string
  language: string
  code: string
}

/** The README and all pages under docs, as paths from the repository's root. */
export const PAGES = [
  'README.md',
  ...readdirSync(new URL('docs', ROOT), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path}`)
    .toSorted(),
]

export function readPage(page: string): string {
  return readFileSync(new URL(page, ROOT), 'utf8')
}

/** All blocks of code in a page, or those in one language. */
export function readBlocks(page: string, language?: string): Block[] {
  const blocks: Block[] = []
  let heading = ''
  for (const [, title, kind, code] of readPage(page).matchAll(
    /^#+ (.*)$|^```(\w*)\n([\s\S]*?)^```$/gm,
  )) {
    if (title !== undefined) heading = title
    else if (language === undefined || kind === language) {
      blocks.push({ heading, language: kind ?? '', code: code ?? '' })
    }
  }
  return blocks
}

/** The TypeScript of a page by heading: the blocks under one heading are one module. */
export function readSections(page: string): Map<string, string> {
  const sections = new Map<string, string>()
  for (const { heading, code } of readBlocks(page, 'ts')) {
    sections.set(heading, (sections.get(heading) ?? '') + code)
  }
  return sections
}

/**
 * Runs TypeScript as the body of an async function, and resolves to what its last line returns. The
 * names of `scope` are visible to it, and may be declared anew.
 */
export async function run(code: string, scope: Record<string, unknown>): Promise<unknown> {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.CommonJS,
      esModuleInterop: true,
    },
  })
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor
  const all = { exports: {}, require: createRequire(import.meta.url), ...scope }
  return AsyncFunction(...Object.keys(all), `{\n${outputText}\n}`)(...Object.values(all))
}
