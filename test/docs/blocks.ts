import { readFileSync } from 'node:fs'

export interface Block {
  /** The heading it stands under. */
  heading: string
  code: string
}

/** The blocks of JavaScript in a page, or of TypeScript. */
export function readBlocks(page: string, language: 'js' | 'ts' = 'js'): Block[] {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8')
  const blocks: Block[] = []
  let heading = ''
  for (const [, title, kind, code] of text.matchAll(/^#+ (.*)$|^```(\w+)\n([\s\S]*?)^```$/gm)) {
    if (title !== undefined) heading = title
    else if (kind === language) blocks.push({ heading, code: code ?? '' })
  }
  return blocks
}

/** Runs code as the body of an async function, and resolves to what its last line returns. */
export async function run(code: string, scope: Record<string, unknown>): Promise<unknown> {
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor
  return AsyncFunction(...Object.keys(scope), code)(...Object.values(scope))
}
