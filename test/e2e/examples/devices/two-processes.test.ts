/** Two processes on one Redis. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { freePort } from '../../../support/servers/ports.js'
import { CHEAP_PASSWORDS } from './client.js'
import {
  CHROME,
  FIREFOX,
  lists,
  NAMES,
  PHONE,
  press,
  saysAtSignIn,
  signOutDevice,
  useBrowser,
} from '../../../support/browser.js'

const script = fileURLToPath(new URL('../../../../examples/devices/two.js', import.meta.url))

describe('started by `npm run start:two`', () => {
  const { device } = useBrowser()
  const origins: string[] = []
  let child: ChildProcess
  let folder: string

  beforeAll(async () => {
    const env = {
      ...process.env,
      PORT: String(await freePort(1)),
      NODE_OPTIONS: CHEAP_PASSWORDS,
    }
    child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    let places = 0
    for await (const line of createInterface({ input: child.stdout! })) {
      const [, origin] = /(http:\S+)$/.exec(line) ?? []
      const [, socket] = /Redis at (.+)\.$/.exec(line) ?? []
      if (origin !== undefined) origins.push(origin)
      if (socket !== undefined) folder = dirname(socket)
      if (socket !== undefined && ++places === 2) break
    }
  })
  afterAll(async () => {
    const exit = once(child, 'exit')
    child.kill('SIGINT')
    await exit
    expect(existsSync(folder)).toBe(false)
  })

  test('what one does is seen on the other', async () => {
    const [first, second] = origins
    const firefox = await device(FIREFOX, { baseURL: first! })
    const phone = await device(PHONE, { baseURL: second! })
    await lists(firefox, FIREFOX, PHONE)
    await lists(phone, FIREFOX, PHONE)
    await signOutDevice(firefox, NAMES[PHONE])
    await saysAtSignIn(phone, 'This device was signed out from another one.')

    const chrome = await device(CHROME, { baseURL: second! })
    await chrome.goto('/password')
    await chrome.getByLabel('Old password').fill('open sesame')
    await chrome.getByLabel('New password').fill('a better one')
    await press(chrome, 'Change the password')
    await saysAtSignIn(firefox, 'the password was changed on another device')
    await firefox.getByLabel('Name').fill('alice')
    await firefox.getByLabel('Password').fill('a better one')
    await press(firefox, 'Sign in')
    await lists(chrome, CHROME, FIREFOX)
  })
})

test('`npm run start:two` fails where one of its ports is in use', async () => {
  const port = await freePort(1)
  const taken = createServer().listen(port + 1, '127.0.0.1')
  await once(taken, 'listening')
  try {
    const child = spawn(process.execPath, [script], {
      env: { ...process.env, PORT: String(port) },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    expect(said).toContain(`Port ${port + 1} is in use. Set PORT.`)
    expect(said).toContain('so all of them end')
    expect(code).toBe(1)
  } finally {
    taken.close()
  }
})

describe('without polling', () => {
  const clients: Redis[] = []
  // The other test files use the server's first database.
  const client = () => {
    const made = new Redis(new URL('/13', inject('redisUrl')).href)
    clients.push(made)
    return made
  }
  const { device, start } = useBrowser(() => ({ client: client(), pollInterval: 3_600_000 }))
  afterAll(() => Promise.all(clients.map((each) => each.quit())))

  test('a page is told of its end by another process', async () => {
    const phone = await device(PHONE)
    const firefox = await device(FIREFOX, { baseURL: await start() })
    await signOutDevice(firefox, NAMES[PHONE])
    await saysAtSignIn(phone, 'This device was signed out from another one.')
  })
})
