/** What somebody is told who is not signed in any more, or cannot sign in. */
import { describe, expect, test } from 'vitest'
import { type Browser, useServer } from './client.js'

const TOO_OLD = 'This page was too old, or this browser keeps no cookies'

const notice = ({ page }: Browser) => /<p class="notice"[^>]*>([^<]*)/.exec(page)?.[1]

describe('the sign-in page', () => {
  const { firefox, phone } = useServer('memory')

  test('says nothing where nothing is known', async () => {
    const one = await firefox().open('/')
    // As after a restart of a server that keeps its sessions in memory.
    one.cookie = `AAAAAAAAAAAAAAAAAAAA.${'A'.repeat(32)}`
    await one.open('/')
    expect(one.page).toContain('name="password"')
    expect(notice(one)).toBeUndefined()
  })

  test('says nothing of a session that lives, but with another cookie', async () => {
    const one = await firefox().signIn()
    const [id, secret] = one.cookie!.split('.')
    one.cookie = `${id}.${secret!.toUpperCase()}`
    await one.open('/')
    expect(one.page).toContain('name="password"')
    expect(notice(one)).toBeUndefined()
  })

  test('says why until somebody signs in, however often it is loaded', async () => {
    const one = await firefox().signIn()
    const two = await phone().signIn()
    await two.open('/devices/end-others', { csrf: two.csrf })
    for (let loads = 0; loads < 2; loads++) {
      await one.open('/?signed-out')
      expect(notice(one)).toBe('This device was signed out from another one.')
    }
    await one.submit('/sign-in', { name: 'alice', password: 'wrong' })
    await one.open('/')
    expect(notice(one)).toBe('This device was signed out from another one.')
    await one.signIn()
    expect(notice(one)).toBeUndefined()
    await one.submit('/sign-out')
    expect(notice(one)).toBe('You are signed out.')
  })

  test('says that an operator ended it', async () => {
    const one = await firefox().signIn('bob')
    const operator = await phone().signIn('operator')
    await operator.open('/admin/end-all?field=user_id&value=bob')
    await operator.open('/admin/end-all?field=user_id&value=bob', { csrf: operator.csrf })
    expect(notice(await one.open('/'))).toBe('An operator has signed you out.')
  })

  test('calls a form too old if another tab has replaced its session', async () => {
    const one = await firefox().open('/')
    const { csrf } = one
    one.cookie = undefined
    await one.open('/')
    const { cookie } = one
    const form = { csrf, name: 'Alice', password: 'open sesame', remember: 'yes' }
    await one.open('/sign-in', form)
    expect(one.page).toContain(TOO_OLD)
    expect(one.page).toContain('value="alice"')
    expect(one.page).toContain('value="yes" checked')
    expect(one.cookie).toBe(cookie)
    await one.submit('/sign-in', { name: 'alice', password: 'open sesame' })
    expect(one.page).toContain('Your devices')
  })

  test('says what to do where cookies are blocked', async () => {
    const one = await firefox().open('/')
    one.cookie = undefined
    await one.open('/sign-in', { csrf: one.csrf, name: 'alice', password: 'open sesame' })
    expect(one.page).toContain(TOO_OLD)
  })

  test('fills in the account that somebody chooses', async () => {
    const one = await firefox().open('/')
    const links = [...one.page.matchAll(/href="(\/\?as=\w+)"/g)].map(([, link]) => link!)
    expect(links).toHaveLength(3)
    await one.open(links[0]!)
    const [, password] = /name="password"[^>]*?value="([^"]*)"/s.exec(one.page)!
    await one.submit('/sign-in', { name: 'alice', password: password! })
    expect(one.page).toContain('Your devices')
    await phone().open('/?as=nobody')
  })
})

describe('the operator', () => {
  const { firefox, phone } = useServer('memory')

  test('finds sessions by account and by address, and reads no note', async () => {
    const one = await firefox().signIn()
    await one.submit('/note', { note: 'private' })
    const operator = await phone().signIn('operator')
    for (const query of ['field=user_id&value=alice', 'field=address&value=127.0.0.1']) {
      await operator.open(`/admin/?${query}`)
      expect(operator.page).toContain('Firefox on Linux')
      expect(operator.page).not.toContain('Firefox/140.0')
      expect(operator.page).not.toContain('private')
    }
  })

  test('sees who signed in, and what became of it', async () => {
    const one = await firefox().signIn('bob')
    await one.submit('/sign-out')
    const operator = await phone().signIn('operator')
    await operator.open('/admin/')
    expect(operator.page).toContain('Recent activity')
    expect(operator.page).toMatch(/href="\.\/\?field=user_id&#38;value=bob"/)
    await operator.open('/admin/history?field=user_id&value=bob')
    expect(operator.page).toMatch(/ended[\s\S]*by[\s\S]*owner[\s\S]*signed-in/)
    expect(operator.page.match(/<th scope="row"/g)).toHaveLength(2)
  })

  test('gets the sign-in page when signed out; other accounts get 404', async () => {
    const operator = await phone().signIn('operator')
    const other = await firefox().signIn('operator')
    await other.open('/devices/end-others', { csrf: other.csrf })
    await operator.open('/admin')
    expect(operator.path).toBe('/')
    expect(notice(operator)).toContain('signed out from another one')
    await operator.open('/admin/end?field=user_id&value=alice', { csrf: operator.csrf })
    expect(operator.path).toBe('/')
    const alice = await firefox().signIn()
    const answers = []
    for (const path of ['/admin', '/nothing']) {
      const { status, page, headers } = await alice.open(path)
      const names = [...headers.keys()]
      answers.push({ status, page: page.replaceAll(/value="[\w-]{16}\.[\w-]{43}"/g, ''), names })
    }
    expect(answers[0]).toMatchObject({ status: 404 })
    expect(answers[0]).toEqual(answers[1])
  })
})
