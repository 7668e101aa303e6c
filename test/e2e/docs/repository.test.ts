/** scripts/set-repository.mjs, on a copy of the files that name the repository. */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../../..')
const FILES = ['package.json', 'README.md', 'SECURITY.md', '.github/ISSUE_TEMPLATE/config.yml']

let copy: string
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'repository-'))
  await Promise.all(FILES.map((file) => cp(join(ROOT, file), join(copy, file))))
})
afterAll(() => rm(copy, { recursive: true, force: true }))

function setRepository(name: string): Promise<unknown> {
  const script = join(ROOT, 'scripts/set-repository.mjs')
  return promisify(execFile)(process.execPath, [script, name, copy])
}

/** All addresses of the repository in the copy. */
async function addresses(): Promise<string[]> {
  const texts = await Promise.all(FILES.map((file) => readFile(join(copy, file), 'utf8')))
  return texts.flatMap((text) =>
    Array.from(
      text.matchAll(/(?:github|githubusercontent)\.com\/([\w.-]+\/[\w-]+)(?=[/.#"])/g),
      ([, name]) => name!,
    ),
  )
}

test('sets the address everywhere, and makes pictures absolute; also when it changes', async () => {
  const before = await addresses()
  const others = new Set(before.filter((name) => !name.endsWith('/koa-redis-session-sets')))
  for (const name of ['someone/koa-redis-session-sets', 'others/sessions']) {
    await setRepository(name)
    const found = (await addresses()).filter((address) => !others.has(address))
    expect(found).toHaveLength(7)
    expect(new Set(found)).toEqual(new Set([name]))
    const readme = await readFile(join(copy, 'README.md'), 'utf8')
    const images = readme.match(/="https:\/\/raw\.githubusercontent\.com\/[^"]+\.png"/g)
    expect(images).toEqual([
      `="https://raw.githubusercontent.com/${name}/HEAD/docs/images/devices-dark.png"`,
      `="https://raw.githubusercontent.com/${name}/HEAD/docs/images/devices-light.png"`,
    ])
  }
})

test('refuses what is no repository, and changes nothing', async () => {
  const before = await readFile(join(copy, 'package.json'), 'utf8')
  await expect(setRepository('https://example.com')).rejects.toThrow('owner/name')
  expect(await readFile(join(copy, 'package.json'), 'utf8')).toBe(before)
})
