/** revokedAgo, where the revocation time is old, or not of this server's clock. */
import { describe, expect, test } from 'vitest'
import { RedisStore } from '../../../src/store/redis/redis-store.js'
import { redis } from '../../support/clients/redis.js'
import { freshPrefix, HOUR, POLICY } from '../../support/store.js'

describe.each([
  ['one node', false],
  ['the cluster protocol', true],
])('on %s', (_, cluster) => {
  /** A value that was revoked some time ago, by Redis's clock. */
  async function revoked(ago: number, format = (time: string) => time) {
    const prefix = freshPrefix()
    const options = { client: redis(), prefix, timeout: 15_000, cluster }
    const store = new RedisStore(options, { ...POLICY, adopts: true })
    const [seconds] = await redis().time()
    const time = `${(Number(seconds) - ago / 1000) * 1_000_000}`
    await redis().set(`${prefix}:user_id={7}:revoked`, format(time), 'PX', HOUR)
    return store.revokedAgo('user_id', '7')
  }

  test('a revocation of more than an hour ago is none, though its key stands', async () => {
    expect(await revoked(HOUR - 60_000)).toBeGreaterThanOrEqual(HOUR - 60_000)
    expect(await revoked(HOUR + 1_000)).toBeUndefined()
  })

  test('a time in the future, of a primary before this one, is now', async () => {
    expect(await revoked(-HOUR)).toBe(0)
  })

  test('a time that was set back counts, not the number before it', async () => {
    const ago = await revoked(60_000, (time) => `${Number(time) + 3_600_000_000} ${time}`)
    expect(ago).toBeGreaterThanOrEqual(60_000)
  })
})
