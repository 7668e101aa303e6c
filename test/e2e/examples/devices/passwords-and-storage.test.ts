/** The example's own parts, where a page does not show what they do. */
import crypto from 'node:crypto'
import { createRequire } from 'node:module'
import { afterEach, expect, test, vi } from 'vitest'

interface Storage {
  get(key: string): Promise<string | undefined>
  set(key: string, text: string, seconds?: number): Promise<void>
}
interface Accounts {
  hasPassword(name: string, password: string): Promise<boolean>
}

const require = createRequire(new URL('../../../../examples/devices/app.js', import.meta.url))
// Before they are loaded: other files of tests may have loaded them.
for (const name of ['./accounts.js', './passwords.js']) {
  delete require.cache[require.resolve(name)]
}
const scrypt = vi.spyOn(crypto, 'scrypt')
const { createStorage } = require('./storage.js') as { createStorage(): Storage }
const { createAccounts } = require('./accounts.js') as {
  createAccounts(storage: Storage): Accounts
}

afterEach(() => void vi.useRealTimers())

test('a wrong password costs as much as an unknown name', async () => {
  const accounts = createAccounts(createStorage())
  expect(await accounts.hasPassword('alice', 'open sesame')).toBe(true)
  for (const [name, password] of [
    ['alice', 'wrong'],
    ['nobody', 'wrong'],
    ['nobody', 'open sesame'],
    ['__proto__', ''],
  ] as const) {
    scrypt.mockClear()
    expect(await accounts.hasPassword(name, password)).toBe(false)
    const [[given, salt, length, cost]] = scrypt.mock.calls as unknown as [
      [string, Buffer, number, object],
    ]
    expect(scrypt).toHaveBeenCalledTimes(1)
    expect([given, salt.length, length]).toEqual([password, 16, 32])
    expect(cost).toEqual({ N: 16_384, r: 8, p: 5 })
  }
})
