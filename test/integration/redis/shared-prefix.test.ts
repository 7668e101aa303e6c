/** What docs/guide/deployment.md says of two applications on one Redis. */
import { Cluster, Redis } from 'ioredis'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import type { SessionOptions } from '../../../src/index.js'
import { type Browser, createSite } from '../../support/http-app.js'
import { createId } from '../../../src/store/token.js'

const CLIENTS: [string, (keyPrefix: string) => Redis | Cluster][] = [
  ['one Redis', (keyPrefix) => new Redis(inject('redisUrl'), { keyPrefix })],
  ['one cluster', (keyPrefix) => new Cluster(inject('clusterNodes'), { keyPrefix })],
]

describe.each(CLIENTS)('Two applications on %s', (_, connect) => {
  const open = (shopPrefix: string | undefined, blogPrefix: string | undefined) => {
    // The default prefix is used as it is: no other test has this start of all keys.
    const client = connect(`shared-${createId()}:`)
    onTestFinished(() => client.disconnect())
    const [shop, blog] = [shopPrefix, blogPrefix].map((prefix) =>
      createSite({ client, prefix } as Partial<SessionOptions>),
    )
    return { shop: shop!, blog: blog! }
  }
  const carry = (from: Browser, to: Browser): Browser => {
    for (const [name, value] of from.cookies) to.cookies.set(name, value)
    return to
  }

  test('with one prefix, such as the default, accept each other’s cookies', async () => {
    const { shop, blog } = open(undefined, undefined)
    const browser = shop.browser()
    await browser.visit((s) => s.set({ user_id: 7, role: 'operator' }))
    const { value } = await carry(browser, blog.browser()).visit((s) => s.peek())
    expect(value).toMatchObject({ user_id: '7', role: 'operator' })
  })

  test('with one prefix, such as the default, end each other’s sessions', async () => {
    const { shop, blog } = open(undefined, undefined)
    const [customer, author] = [shop.browser(), blog.browser()]
    for (const browser of [customer, author]) await browser.visit((s) => s.set({ user_id: 7 }))
    expect(await blog.Session.count('user_id', 7)).toBe(2)
    expect(await blog.Session.revokeAll('user_id', 7)).toBe(2)
    expect((await customer.visit((s) => s.peek())).value).toEqual({})
  })

  test('with a prefix each know nothing of each other', async () => {
    const { shop, blog } = open('shop', 'blog')
    const customer = shop.browser()
    await customer.visit((s) => s.set({ user_id: 7 }))
    expect((await carry(customer, blog.browser()).visit((s) => s.peek())).value).toEqual({})
    expect(await blog.Session.revokeAll('user_id', 7)).toBe(0)
    expect((await customer.visit((s) => s.peek())).value).toMatchObject({ user_id: '7' })
  })
})
