/** Each step of the model stands for a function in src that exists. */
import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { CLUSTER } from './cluster.js'
import { ONE_NODE } from './one-node.js'

const REDIS = new URL('../../src/store/redis/', import.meta.url)

const filesUnder = async (path: string): Promise<string[]> => {
  const files = await readdir(new URL(path, REDIS), { recursive: true })
  return files.filter((file) => file.endsWith('.ts')).map((file) => `${path}${file}`)
}

describe.each([ONE_NODE, CLUSTER])('$name', ({ steps, sources }) => {
  test('each step has a source, and each source a step', () => {
    expect(Object.keys(sources).toSorted()).toEqual(Object.keys(steps).toSorted())
  })

  test.each(Object.entries(sources))('%s stands for a function of src', async (_, source) => {
    const text = await readFile(new URL(source.file, REDIS), 'utf8')
    // A definition, not a call of a method.
    expect(text).toMatch(new RegExp(String.raw`(?<![.\w]|\.#)${source.function}\b\s*[(<=:]`))
  })

  test('each script exists', async () => {
    const files = await filesUnder('scripts/')
    const texts = await Promise.all(files.map((file) => readFile(new URL(file, REDIS), 'utf8')))
    const scripts = texts.flatMap((text) => text.match(/(?<=export const )[A-Z_]+(?= =)/g) ?? [])
    const named = Object.values(sources).map(({ script }) => script)
    expect(scripts).toEqual(expect.arrayContaining(named.filter((name) => name.includes('_'))))
  })
})
