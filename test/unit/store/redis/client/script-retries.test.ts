/** Scripts that a server does not know, while the slot of their keys moves. */
import { expect, test } from 'vitest'
import type { RedisPort } from '../../../../../src/store/redis/client/port.js'
import { Connection } from '../../../../../src/store/redis/client/connection.js'
import { EXPLAIN } from '../../../../../src/store/redis/scripts/explain.js'

test('are tried again as text, as long as there is time', async () => {
  const replies = ['NOSCRIPT No matching script.', 'TRYAGAIN Multiple keys', 'TRYAGAIN', 'done']
  const sent: string[] = []
  const port = {
    async evaluate(name: string) {
      sent.push(name)
      const reply = replies.shift()!
      if (reply === 'done') return ['gone']
      throw new Error(reply)
    },
  } as unknown as RedisPort
  const run = (timeout: number) =>
    new Connection(port, timeout)
      .call()
      .run(EXPLAIN, { hash: 'key', former: 'key', secretHash: '' })
  expect(await run(10_000)).toEqual({ status: 'gone', ago: 0 })
  expect(sent).toEqual(['evalsha', 'eval', 'eval', 'eval'])
  replies.push('NOSCRIPT', 'TRYAGAIN Multiple keys')
  // Too little time for another try.
  await expect(run(10)).rejects.toMatchObject({ cause: { message: 'TRYAGAIN Multiple keys' } })
})
