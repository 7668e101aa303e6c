/** The model and the code name each other: who changes one of them is to look at the other. */
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { CLUSTER } from './cluster.js'
import * as scripts from './scripts.js'
import * as seats from './seats.js'
import { SINGLE_NODE } from './single-node.js'

const REDIS = new URL('../../src/store/redis/', import.meta.url)

function source(file: string): Promise<string> {
  return readFile(new URL(file, REDIS), 'utf8')
}

/** The names in a file's comments that say "Modelled in test/model as". */
function modelled(text: string): string[] {
  const comments = text.replaceAll(/\s*\n\s*\* /g, ' ').match(/Modelled in test\/model as [^.]*/g)
  return (comments ?? []).flatMap((comment) =>
    [...comment.matchAll(/['`]([^'`]+)['`]/g)].map(([, name = '']) => name),
  )
}

const steps = [SINGLE_NODE, CLUSTER].flatMap((protocol) =>
  Object.entries(protocol.steps).map(([name, { stands }]) => ({ name, stands })),
)

const FILES = ['single-node.ts', 'cluster.ts', 'search.ts', 'end.ts', 'write.ts', 'admission.ts']

describe('a step names what it stands for, and is named there', () => {
  test.each(steps)('$name: $stands', async ({ name, stands }) => {
    const [, file = '', called = '', sent = ''] = /^(\S+) (\w+)[^:]*: (\w+)/.exec(stands) ?? []
    const text = await source(file)
    expect(text).toMatch(new RegExp(`(async|function\\*?) #?${called}\\(`))
    expect(modelled(text)).toContain(name)
    if (sent === 'CREATE' || sent === 'UPDATE') {
      expect(await source('write.ts')).toContain(`script: ${sent},`)
    } else if (sent === 'INSPECT') {
      expect(text).toContain('inspectSession(')
    } else if (sent === 'DELETE') {
      expect(text).toMatch(/end(Session|Page)\(/)
    } else if (sent === 'UNSEAT') {
      expect(text).toMatch(/run\(UNSEAT,|\.unseat\(/)
    } else {
      expect(text.includes(`run(${sent},`) || text.includes(`'${sent.toLowerCase()}'`)).toBe(true)
    }
  })
})

test.each(FILES)('what %s names is a step', async (file) => {
  const known = steps.filter(({ stands }) => stands.startsWith(file)).map(({ name }) => name)
  expect(new Set(modelled(await source(file)))).toEqual(new Set(known))
})

const SCRIPTS = ['create', 'update', 'write', 'delete', 'join', 'unlink', 'mark', 'page', 'unseat']

test.each(SCRIPTS)('scripts/%s.ts names its model', async (file) => {
  const [name = ''] = modelled(await source(`scripts/${file}.ts`))
  expect(Object.keys({ ...scripts, ...seats })).toContain(name)
})
