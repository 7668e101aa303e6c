/** The example application, as a person uses it: several browsers, real forms. */
import { describe, expect, test } from 'vitest'
import { type Browser, useServer } from './client.js'

const DAY = 86_400_000

async function endAll(browser: Browser): Promise<void> {
  await browser.signIn()
  await browser.open('/sign-out-everywhere', { csrf: browser.csrf })
}

describe.each(['memory', 'Redis'])('the devices example in %s', (kind) => {
  const { output, firefox, phone } = useServer(kind)

  test('says where it is, and where its sessions are', () => {
    expect(output[0]).toContain('http://localhost:')
    expect(output[1]).toContain(kind)
  })

  test('lists both browsers, and marks this one', async () => {
    const one = await firefox().signIn()
    const two = await phone().signIn()
    expect(two.page).toMatch(/Firefox/)
    expect(two.page).toMatch(/Safari/)
    expect(two.page.match(/This device/gi)).toHaveLength(1)
    expect((await one.open('/')).page).toMatch(/iOS|iPhone/)
  })

  test('ends one device, which is told so', async () => {
    await endAll(firefox())
    const one = await firefox().signIn()
    const two = await phone().signIn()
    await two.follow(/\/devices\/[\w-]{20}\/end/)
    expect(two.page).toMatch(/Sign out Firefox on Linux\?/)
    // Asking ends nothing.
    expect((await one.open('/')).page).toContain('This device')
    await two.submit('/end')
    expect((await two.open('/')).page).toContain('This device')
    expect((await one.open('/')).page).toContain('This device was signed out from another one.')
  })
})

describe('the devices example', () => {
  const { browser: withAgent, firefox, phone } = useServer('memory')

  test('ends all others, signs out, and signs out everywhere', async () => {
    await endAll(firefox())
    const [one, two, three] = [firefox(), phone(), firefox()]
    for (const browser of [one, two, three]) await browser.signIn()
    await one.open('/')
    await one.follow(/\/devices\/end-others/)
    expect(one.page).toContain('Sign out 2 other devices?')
    await one.submit('/devices/end-others')
    expect(one.page).toContain('2 other devices were signed out.')
    expect((await two.open('/')).page).toContain('signed out from another one')
    await two.signIn()
    await two.submit('/sign-out')
    expect(two.page).toContain('You are signed out.')
    await three.signIn()
    await three.follow(/\/sign-out-everywhere/)
    expect(three.page).toContain('this one too')
    await three.submit('/sign-out-everywhere')
    for (const browser of [one, three]) {
      await browser.open('/')
      expect(browser.page).toContain(
        browser === one ? 'You were signed out everywhere.' : 'name="password"',
      )
    }
  })

  test('keeps a note over signing in, for this device and account alone', async () => {
    const one = await firefox().open('/')
    await one.submit('/note', { note: 'two loaves' })
    expect(one.page).toContain('value="two loaves"')
    await one.signIn()
    expect(one.page).toContain('value="two loaves"')
    expect((await phone().signIn()).page).not.toContain('loaves')
    // Another account, from a sign-in page that was still open.
    await one.open('/sign-in', { csrf: one.csrf, name: 'bob', password: 'open sesame' })
    expect(one.page).toContain('<strong>bob</strong>')
    expect(one.page).not.toContain('loaves')
  })

  test('ends no device of another account', async () => {
    const owner = await firefox().signIn()
    const other = await phone().signIn()
    const id = /\/devices\/([\w-]{20})\/end/.exec(other.page)?.[1]
    const stranger = await phone().signIn('bob')
    expect(stranger.page).not.toContain(id)
    await stranger.open(`/devices/${id}/end`, { csrf: stranger.csrf })
    expect(stranger.page).toContain('It was signed out already.')
    expect((await owner.open('/')).page).toContain('This device')
  })

  test('asks nothing where there is nothing to sign out', async () => {
    await endAll(firefox())
    const one = await firefox().signIn()
    const two = await phone().signIn()
    const id = /\/devices\/([\w-]{20})\/end/.exec((await one.open('/')).page)![1]
    await two.submit('/sign-out')
    await one.open(`/devices/${id}/end`)
    expect(one.path).toBe('/')
    expect(one.page).toContain('It was signed out already.')
    await one.open('/devices/end-others')
    expect(one.path).toBe('/')
    expect(one.page).toContain('No other device was signed in.')
    // Not another account's, and nobody's without a session.
    const stranger = await phone().signIn('bob')
    await stranger.open(`/devices/${id}/end`)
    expect(stranger.page).toContain('It was signed out already.')
    for (const path of [`/devices/${id}/end`, '/devices/end-others', '/sign-out-everywhere']) {
      expect((await phone().open(path)).page).toContain('name="password"')
    }
  })

  test('says where from, and what is the same as here', async () => {
    await endAll(firefox())
    await firefox().signIn()
    const two = await phone().signIn()
    expect(two.page.match(/same as here/g)).toHaveLength(1)
    expect(two.page.match(/>\s*127\.0\.0\.1\s/g)).toHaveLength(2)
    // Only where sessions are bound to devices.
    expect(two.page).not.toMatch(/bound/i)
  })

  test('answers a wrong password like an unknown name', async () => {
    const one = await firefox().signIn('alice', { password: 'wrong' })
    const two = await firefox().signIn('nobody')
    const three = await firefox().signIn('nobody', { password: '' })
    for (const browser of [one, two, three]) {
      expect(browser).toMatchObject({ status: 200, path: '/' })
      expect(browser.page).toContain('Wrong name or password.')
    }
    const bare = ({ page }: Browser) =>
      page.replaceAll(/(?<=name="csrf" value=")[^"]+/g, '').replace(/value="(alice|nobody)"/, '')
    expect(bare(one)).toBe(bare(two))
  })

  test('remembers a browser when it is asked to', async () => {
    const one = await firefox().signIn()
    expect(one.lifetime).toBeUndefined()
    const two = await firefox().signIn('alice', { remember: 'yes' })
    expect(two.lifetime! / DAY).toBeGreaterThan(29)
    expect(two.lifetime! / DAY).toBeLessThanOrEqual(30)
    const three = await firefox().signIn('alice', { remember: 'yes', password: 'wrong' })
    expect(three.page).toMatch(/name="remember" value="yes" checked/)
    await three.submit('/sign-in', { name: 'alice', password: 'wrong' })
    expect(three.page).not.toContain('checked')
  })

  test('takes no form without a token, or with another session’s', async () => {
    const one = await firefox().signIn()
    const two = await phone().signIn()
    const id = /\/devices\/([\w-]{20})\/end/.exec((await one.open('/')).page)![1]
    const paths = ['/sign-out', '/sign-out-everywhere', '/devices/end-others', '/note', '/password']
    for (const path of [...paths, `/devices/${id}/end`]) {
      for (const form of [{}, { csrf: 'x' }, { csrf: two.csrf }]) {
        await one.open(path, form)
        expect(one.status, path).toBe(403)
        expect(one.page).toContain('Signed in as')
      }
      // Somebody has gone to the address of a form: it asks, if there is something to ask.
      const asks = /password|devices|everywhere/.test(path)
      expect((await one.open(path)).path).toBe(asks ? path : '/')
      expect(one.status).toBe(200)
    }
    expect((await one.open('/sign-in')).path).toBe('/')
    expect((await one.open('/')).page).toContain('This device')
    expect((await two.open('/')).page).toContain('This device')
  })

  test('signs nobody in without a token, or with another session’s', async () => {
    const other = await phone().open('/')
    for (const csrf of ['', 'x', other.csrf]) {
      const one = await firefox().open('/')
      const { cookie } = one
      await one.open('/sign-in', { name: 'alice', password: 'open sesame', csrf })
      expect(one.page).toContain('This page was too old')
      expect(one.cookie).toBe(cookie)
      expect((await one.open('/')).page).toContain('name="password"')
    }
  })

  test('escapes what came from outside, and is not cached', async () => {
    const browser = withAgent('Mozilla/5.0 <script>alert(1)</script>')
    await browser.signIn('<img src=x onerror=alert(1)>')
    expect(browser.page).not.toMatch(/<img/)
    expect(browser.page).toContain('&lt;img')
    await browser.signIn()
    await browser.submit('/note', { note: '"><script>alert(2)</script>' })
    expect(browser.page.match(/<script/g)).toHaveLength(1)
    expect(browser.headers.get('cache-control')).toBe('no-store')
    expect(browser.headers.get('x-content-type-options')).toBe('nosniff')
    const policy = browser.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
  })
})
