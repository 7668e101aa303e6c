/** Walks through a set that begin again, as another server process has taken over. */
import { setImmediate } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { freshPrefix, loginMany } from '../../support/store.js'
import { loadScripts, lost, open, STORE } from '../../support/intercepted-scripts.js'

beforeAll(loadScripts)

describe.each([
  ['a single node', false],
  ['a cluster', true],
])('on %s', (_, cluster) => {
  test('count 0 if nothing is left then', async () => {
    const prefix = freshPrefix()
    const plain = open({ prefix, cluster })
    // More than one page.
    await loginMany(plain, 1200, { user_id: 1 })
    const store = open({
      prefix,
      cluster,
      onScript: async (n, run) => {
        if (n !== 2) return run()
        const [next, ids] = (await run()) as [string, string[]]
        await plain.revokeAll('user_id', '1')
        return [next, ids, 'another process']
      },
    })
    expect(await store.count('user_id', '1')).toBe(0)
  })

  test('leave no rejection unhandled', async () => {
    const prefix = freshPrefix()
    const plain = open({ prefix, cluster })
    await loginMany(plain, 1200, { user_id: 1 })
    let over = false
    const store = open({
      prefix,
      cluster,
      onScript: async (n, run) => {
        if (over && n > 2) return lost()
        const reply = await run()
        if (n !== 2) return reply
        const [next] = reply as [string]
        return [next, [], 'another process']
      },
    })
    const onProgress = async () => {
      // After the first page the other process is there, and goes away, too.
      over = true
      await setImmediate()
    }
    // An unhandled rejection would fail the run.
    const walk = store.revokeAll('user_id', '1', { onProgress })
    await expect(walk).rejects.toMatchObject(STORE)
  })
})
