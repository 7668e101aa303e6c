/** Scripts that a server does not know, while the slot of their keys moves. */
import { expect, test } from 'vitest'
import type { RedisPort } from '../../../src/store/redis/clients/port.js'
import { runScript } from '../../../src/store/redis/clients/port.js'
import { SCRIPTS } from './scripts.js'

test('are tried again as text, as long as there is time', async () => {
  const replies = ['NOSCRIPT No matching script.', 'TRYAGAIN Multiple keys', 'TRYAGAIN', 'done']
  const sent: string[] = []
  const port = {
    async evaluate(name: string) {
      sent.push(name)
      const reply = replies.shift()!
      if (reply === 'done') return reply
      throw new Error(reply)
    },
  } as unknown as RedisPort
  const script = SCRIPTS['WRITE']!
  expect(await runScript(port, script, [], [], performance.now() + 10_000)).toBe('done')
  expect(sent).toEqual(['evalsha', 'eval', 'eval', 'eval'])
  replies.push('NOSCRIPT', 'TRYAGAIN Multiple keys')
  const late = runScript(port, script, [], [], performance.now())
  await expect(late).rejects.toThrow('TRYAGAIN')
})
