/** The README's application is run here, and used. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import request from 'supertest'
import { afterAll, expect, test } from 'vitest'
import { readBlocks, readPage, run } from './blocks.js'
import { requireFor } from './site.js'

let server: Server | undefined
afterAll(() => server?.close())

test('the application of the README signs in, and out everywhere', async () => {
  const [block, ...others] = readBlocks('README.md', 'ts')
  expect(others).toEqual([])
  const code = block!.code.replace(/^app\.listen\(\d+\)$/m, 'return app.listen(0)')
  server = (await run(code, { require: requireFor('docs-readme:') })) as Server
  expect((server.address() as AddressInfo).port).toBeGreaterThan(0)
  const [one, other] = [request.agent(server), request.agent(server)]
  expect((await one.get('/')).body).toEqual({})
  expect((await one.get('/login')).body).toMatchObject({ user_id: '7' })
  expect((await other.get('/login')).body).toMatchObject({ user_id: '7' })
  expect((await one.get('/logout-everywhere')).body).toEqual({})
  expect((await other.get('/')).body).toEqual({})
})

test('the README is short, and names the two commands', () => {
  const readme = readPage('README.md')
  expect(readme.split(/\s+/).length).toBeLessThanOrEqual(1300)
  expect(readme).toContain('npm ci && npm start')
  expect(readme).toContain('npm ci && npm test')
})
