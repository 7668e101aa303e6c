/**
 * Sign-ins of which a step fails, comes late or is sent again, while all sessions of the account are
 * ended. Where only so many are allowed: limited-sign-ins.test.ts.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { foundIds, freshPrefix, login, set } from '../../support/store.js'
import {
  HOW,
  loadScripts,
  lost,
  open,
  REVOKED,
  signIn,
  signing,
  STORE,
} from '../../support/intercepted-scripts.js'

beforeAll(loadScripts)

test('the text of a script is sent where its digest is unknown, also to a node that took over', async () => {
  const prefix = freshPrefix()
  const unknown =
    'Too many Cluster redirections. Last error: ReplyError: NOSCRIPT No matching script.'
  const onScript = () => Promise.reject(new Error(unknown))
  const store = open({ prefix, cluster: true, onScript })
  const id = await signIn(store, { user_id: 1 })
  expect(await foundIds(store, 'user_id', '1')).toEqual([id])
})

describe.each(HOW)('on a cluster, %s', (how) => {
  test('revokeAll between joining and writing refuses it, even if its last step never runs', async () => {
    const prefix = freshPrefix()
    const plain = open({ prefix, cluster: true })
    const start = await signing(how, plain)
    const store = open({
      prefix,
      cluster: true,
      onScript: async (n, run) => {
        if (n === 2) expect(await plain.revokeAll('user_id', '1')).toBe(0)
        return n > 2 ? lost() : run()
      },
    })
    await expect(start(store)).rejects.toMatchObject(REVOKED)
    expect(await plain.count('user_id', '1')).toBe(0)
  })

  test('a clock that is set back between joining and revokeAll does not let it in', async () => {
    const prefix = freshPrefix()
    const plain = open({ prefix, cluster: true })
    const start = await signing(how, plain)
    const store = open({
      prefix,
      cluster: true,
      onScript: async (n, run) => {
        if (n === 1) {
          // As a node would reply that failed over to another one then, whose clock is behind.
          const [status, at, ...rest] = (await run()) as [string, number, ...unknown[]]
          return [status, at + 5_000_000, ...rest]
        }
        if (n === 2) expect(await plain.revokeAll('user_id', '1')).toBe(0)
        return run()
      },
    })
    await expect(start(store)).rejects.toMatchObject(REVOKED)
    expect(await plain.count('user_id', '1')).toBe(0)
  })

  test('a write that arrives after its call has failed, and after revokeAll, does nothing', async () => {
    const prefix = freshPrefix()
    const plain = open({ prefix, cluster: true })
    const start = await signing(how, plain)
    let late: (() => Promise<unknown>) | undefined
    const store = open({
      prefix,
      cluster: true,
      onScript: (n, run) => {
        if (n !== 2) return run()
        // It waits in the client until the connection is back.
        late = run
        return lost()
      },
    })
    await expect(start(store)).rejects.toMatchObject(STORE)
    await plain.revokeAll('user_id', '1')
    expect(await late!()).toEqual(['revoked'])
    expect(await plain.count('user_id', '1')).toBe(0)
  })

  test('joining after revokeAll lets it in, also if it had the value before', async () => {
    const prefix = freshPrefix()
    const plain = open({ prefix, cluster: true })
    const { id, secretHash } = await login(plain, { user_id: 1 })
    await plain.update(id, set({ user_id: 2 }, { secretHash }))
    expect(await plain.revokeAll('user_id', '1')).toBe(0)
    const back = set({ user_id: 1 }, { secretHash, since: performance.now() })
    expect(await plain.update(id, back)).toMatchObject({ renewed: false })
    expect(await foundIds(plain, 'user_id', '1')).toEqual([id])
  })

  test('a session that keeps its value while the others are revoked stays', async () => {
    const prefix = freshPrefix()
    const plain = open({ prefix, cluster: true })
    const { id, secretHash } = await login(plain, { user_id: 1 })
    const store = open({
      prefix,
      cluster: true,
      onScript: async (n, run) => {
        if (n === 2) await plain.revokeAll('user_id', '1', { except: id })
        return run()
      },
    })
    const update = set({ user_id: 1, a: 1 }, { secretHash, since: performance.now() })
    expect(await store.update(id, update)).toMatchObject({ renewed: false })
    expect(await foundIds(plain, 'user_id', '1')).toEqual([id])
  })
})

test('on a cluster, a session that was let in for the value it has, and loses it before it writes, is refused', async () => {
  const prefix = freshPrefix()
  const plain = open({ prefix, cluster: true })
  const since = performance.now()
  const { id, secretHash } = await login(plain, { user_id: 1 })
  await plain.revokeAll('user_id', '1', { except: id })
  const store = open({
    prefix,
    cluster: true,
    onScript: async (n, run) => {
      // It was refused once; the second one joins it for the value it has.
      if (n === 3) await plain.update(id, set({ user_id: 2 }))
      return run()
    },
  })
  const back = store.update(id, set({ user_id: 1 }, { secretHash, since }))
  await expect(back).rejects.toMatchObject(REVOKED)
  expect(await foundIds(plain, 'user_id', '2')).toEqual([id])
})

describe.each([
  ['a single node', false],
  ['a cluster', true],
])('on %s', (_, cluster) => {
  test('a session that was ended is not made again by a creation that is sent again', async () => {
    const prefix = freshPrefix()
    const plain = open({ prefix, cluster })
    const store = open({
      prefix,
      cluster,
      onScript: async (n, run) => {
        const reply = await run()
        if (n !== (cluster ? 2 : 1)) return reply
        const [id = ''] = await foundIds(plain, 'user_id', '1')
        expect(await plain.delete(id)).toBe('deleted')
        return run()
      },
    })
    await expect(signIn(store, { user_id: 1 })).rejects.toMatchObject(REVOKED)
    expect(await plain.count('user_id', '1')).toBe(0)
  })
})
