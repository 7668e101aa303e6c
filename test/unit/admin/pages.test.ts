/** What an operator sees, and what the buttons do. */
import { describe, expect, test } from 'vitest'
import { field, type SessionMiddleware } from '../../../src/index.js'
import { createSite, fill, query, STORES } from '../../support/admin-app.js'

/** A tag as templates write it: all values in quotes, so that none can end early. */
const TAG = /^<(!doctype html|\/?[a-z]\w*(\s+[\w-]+(="[^"]*")?)*\s*\/?)>$/

const SEVEN = '/admin/?field=user_id&value=7'

describe.each(STORES)('The pages, with sessions in %s', (_, store) => {
  const create = async (parts: object = {}) => {
    const site = await createSite({ options: store(), ...parts })
    return { ...site, operator: await site.signedIn() }
  }

  test('offer every reference, with and without a slash at the end', async () => {
    for (const [path, at] of [
      ['/admin', '/admin'],
      ['/admin/', '/admin'],
      ['/a/b-c.d', '/a/b-c.d'],
      ['/', ''],
    ] as const) {
      const { operator } = await create({ page: { path } })
      for (const end of at === '' ? ['/'] : ['', '/']) {
        await operator.open(`${at}${end}?field=user_id&value=7`)
        expect(operator.status).toBe(200)
        expect(operator.url.href).toContain(`${at}/?field=user_id&value=7`)
        expect(operator.text.match(/<option[^>]*>\s*\w+/g)).toEqual([
          expect.stringMatching(/^<option value="user_id" selected>\s*user_id$/),
          expect.stringMatching(/^<option value="ip" >\s*ip$/),
        ])
        expect(operator.words).toContain('0 sessions with user_id 7')
        await operator.open('style.css')
        expect(operator.status).toBe(200)
        expect(operator.headers.get('content-type')).toBe('text/css; charset=utf-8')
      }
    }
  })

  test('show the sessions of a value, and nobody else’s', async () => {
    const { Session, operator } = await create()
    const [id] = await fill(Session, 1, { user_id: '7', ip: '::1', agent: 'Firefox' })
    const [other] = await fill(Session, 1, { user_id: '8' })
    await operator.open(SEVEN)
    expect(operator.words).toContain('1 session with user_id 7')
    expect(operator.words).toMatch(
      / user_id ip Last active Ends Actions 7 ::1 (now|1 second ago) in 28 days End… /,
    )
    // Relative in the row and in the name of "End…", exact in the details.
    expect(operator.text.match(/<time datetime="([\dTZ:.-]{24})" title="\1">/g)).toHaveLength(3)
    expect(
      operator.text.match(/<time datetime="[\dTZ:.-]{24}">\d+ \w+ \d{4}, [\d:]{8} UTC</g),
    ).toHaveLength(3)
    for (const word of [id!, '::1', 'agent Firefox']) expect(operator.words).toContain(word)
    expect(operator.text).not.toContain(other!)
    await operator.open('/admin/?field=ip&value=::1')
    expect(operator.words).toContain(id!)
  })

  test('end one session, and only that', async () => {
    const { Session, operator } = await create()
    const [one, other] = await fill(Session, 2, { user_id: '7' })
    await operator.open(SEVEN)
    await operator.open(`end?field=user_id&value=7&id=${one}`)
    expect(operator.words).toMatch(/^End 1 session\? .* user_id 7 Session /)
    expect(operator.words).toContain(one!)
    const [form] = operator.forms()
    await operator.submit('end?')
    // A page of its own: it can be loaded again, and the back button leads to it.
    expect(operator.url.pathname).toBe('/admin/')
    expect(operator.words).toContain('1 session has ended.')
    expect(operator.words).toContain('1 session with user_id 7')
    expect(operator.words).toContain(other!)
    await operator.post(form!.action, form!.fields)
    expect(operator.words).toContain('1 session has ended.')
    await operator.open(`end?field=user_id&value=7&id=${one}`)
    expect(operator.words).toContain('This session has ended already.')
    await operator.open(`${SEVEN}&ended=${other}`)
    expect(operator.words).not.toContain('has ended')
    expect(await Session.count('user_id', 7)).toBe(1)
  })

  test('mark the operator’s own session, and keep it', async () => {
    const { Session, operator } = await create()
    await operator.open('/sign-in?user_id=7')
    const ids = await fill(Session, 2, { user_id: '7' })
    await fill(Session, 1, { ip: 'token' })
    await operator.open(SEVEN)
    expect(operator.words).toContain('3 sessions with user_id 7')
    expect(operator.words).toContain('One of them is your own. It stays when you end the others.')
    expect(operator.words).toContain('End the other 2 sessions…')
    expect(operator.words).toMatch(/ 7 Your session – [\w ]+ Details role operator Created /)
    const ends = [...operator.text.matchAll(/href="end\?[^"]*id=([^"]*)"/g)]
    expect(ends.map(([, id]) => id).toSorted()).toEqual(ids.toSorted())

    const csrf = await operator.token()
    await operator.post(`end?field=user_id&value=7&id=${operator.id}`, { csrf })
    expect(operator.words).toContain('This is your own session. Sign out to end it.')
    expect(operator.forms()).toEqual([])

    await operator.open('/admin/end-all?field=user_id&value=7')
    expect(operator.words).toContain('End 2 sessions?')
    expect(operator.words).toContain('Your own session has this value too. It stays.')
    await operator.submit('end-all')
    expect(operator.words).toContain('2 sessions with user_id 7 ended.')
    expect(await Session.count('user_id', 7)).toBe(1)
    expect(await operator.who()).toMatchObject({ id: operator.id, role: 'operator' })

    await operator.open('/admin/end-all?field=user_id&value=7')
    expect(operator.words).toContain('There are no other sessions with user_id 7')
    expect(operator.forms()).toEqual([])
  })

  test('show the first of many, and count all', async () => {
    let read = 0
    const wrap = (Session: SessionMiddleware): SessionMiddleware =>
      Object.assign((...args: Parameters<SessionMiddleware>) => Session(...args), Session, {
        async *find(name: string, value: string) {
          for await (const session of Session.find(name, value)) {
            read++
            yield session
          }
        },
      })
    const { Session, operator } = await create({ wrap })
    await operator.open('/sign-in?user_id=7')
    await fill(Session, 119, { user_id: '7' })
    await operator.open(SEVEN)
    expect(operator.words).toContain('120 sessions with user_id 7')
    expect(operator.words).toMatch(/And 95 more, not shown here\.$/)
    expect(operator.text.match(/<details>/g)).toHaveLength(25)
    expect(read).toBe(26)
    await operator.open('/admin/end-all?field=user_id&value=7')
    expect(operator.words).toContain('End 119 sessions?')
  })

  test('escape what came from outside', async () => {
    const evil = `"><script>alert(1)</script>'&amp;`
    const { Session, operator } = await create()
    const values = { user_id: evil, [evil]: '<img src=x onerror=alert(1)>' }
    const [one] = await fill(Session, 1, values)
    await operator.open(`/admin/?${query({ field: 'user_id', value: evil })}`)
    const pages = [operator.text]
    expect(operator.words).toContain('1 session with')
    expect(operator.words).toContain(`${evil} <img src=x onerror=alert(1)>`)
    await operator.open('end-all?field=x')
    expect(operator.status).toBe(400)
    await operator.open(`/admin/?${query({ field: evil, value: evil })}`)
    pages.push(operator.text)
    const search = query({ field: 'user_id', value: evil })
    await operator.open(`end?${search}&id=${one}`)
    pages.push(operator.text)
    const id = encodeURIComponent(evil)
    await operator.post(`end?${search}&id=${id}`, { csrf: operator.forms()[0]!.fields['csrf']! })
    expect(operator.words).toContain('1 session has ended.')
    pages.push(operator.text)
    await operator.open(`end-all?${search}`)
    pages.push(operator.text)
    await operator.submit('end-all')
    pages.push(operator.text)
    expect(operator.words).toContain('1 session with')
    await operator.open(`job?id=${encodeURIComponent(evil)}`)
    pages.push(operator.text)
    for (const tag of pages.flatMap((page) => page.match(/<[^>]*>/g)!)) {
      expect(tag).toMatch(TAG)
      expect(tag).not.toMatch(/<(script|img|b)\b/)
    }
  })

  test('keep a value as it is, line breaks and all', async () => {
    const value = ' a\nb\r\nc\t%}é🦊\u0000'
    const { Session, operator } = await create()
    await fill(Session, 1, { user_id: value })
    await operator.open(`/admin/end-all?${query({ field: 'user_id', value })}`)
    await operator.submit('end-all')
    expect(operator.words).toContain('1 session with')
    expect(await Session.count('user_id', value)).toBe(0)
  })

  test('cut a long value', async () => {
    const { Session, operator } = await create()
    await fill(Session, 1, { user_id: '7', note: `${'x'.repeat(199)}🦊${'ÿ'.repeat(9000)}` })
    await operator.open(SEVEN)
    expect(operator.words).toContain(`${'x'.repeat(199)}\ufffd…`)
    // No id has such a letter.
    expect(operator.text).not.toContain('ÿ')
  })

  test('take the text of a form for the value of its field', async () => {
    const fields = {
      user_id: field.number(),
      ip: field.string(),
      admin: field.boolean(),
      big: field.bigint(),
      seen: field.date(),
      point: field.custom<{ x: number }>({
        encode: ({ x }) => `x${x}`,
        decode(text) {
          if (!/^x\d$/.test(text)) throw new Error(text)
          return { x: Number(text.slice(1)) }
        },
      }),
      role: field.string(),
      cart: field.json<object>(),
    }
    const references = { user_id: {}, ip: {}, admin: {}, big: {}, seen: {}, point: {} }
    const { Session, operator } = await create({ options: { ...store(), fields, references } })
    const id = Session.store.createSessionId()
    const seen = '2026-11-23T17:00:00.000Z'
    const values = {
      user_id: 7,
      ip: '7',
      admin: true,
      big: 7n,
      seen: new Date(seen),
      point: { x: 7 },
    }
    await Session.store.set(id, { ...values, cart: { sku: 1 } } as never)
    const good = { user_id: '7', ip: '7', admin: 'true', big: '7', seen, point: 'x7' }
    for (const [name, value] of Object.entries(good)) {
      await operator.open(`/admin/?${query({ field: name, value })}`)
      expect(operator.words).toContain(`1 session with ${name} ${value}`)
      expect(operator.words).toMatch(/big 7 seen [\w ]+ point \{ x: 7 \} cart \{ sku: 1 \}/)
      expect(operator.text).toContain(`title="${seen}"`)
      await operator.open(`/admin/end-all?${query({ field: name, value })}`)
      expect(operator.words).toContain('End 1 session?')
    }
    const bad = { user_id: 'x', admin: '1', big: '1.5', seen: 'today', point: '7', cart: '{}', id }
    for (const [name, value] of [...Object.entries(bad), ['user_id', '1e999']] as const) {
      for (const page of ['', 'end-all']) {
        await operator.open(`/admin/${page}?${query({ field: name, value })}`)
        expect(operator.status).toBe(400)
        expect(operator.text).toContain('aria-invalid="true"')
        expect(operator.words).toMatch(/No session can have this value|cannot be found by this/)
        expect(operator.headers.get('cache-control')).toBe('no-store')
      }
    }
  })

  test('end a session that they cannot show', async () => {
    const options = store()
    const prefix = `admin-${Math.random()}`
    const references = { user_id: {} }
    const plain = await createSite({ options: { ...options, prefix, references } })
    await fill(plain.Session, 2, { user_id: '7', n: 'x' })
    const fields = { user_id: field.number(), n: field.number(), role: field.string() }
    const onUndecodable = 'throw'
    const { operator } = await create({
      options: { ...options, prefix, references, fields, onUndecodable },
    })
    await operator.open(SEVEN)
    expect(operator.words).toContain('2 sessions with user_id 7')
    expect(operator.words).toContain('They cannot be shown')
    await operator.open('/admin/end-all?field=user_id&value=7')
    await operator.submit('end-all')
    expect(operator.words).toContain('2 sessions with user_id 7 ended.')
  })

  test('have strict headers on each answer', async () => {
    const { operator, Session, errors } = await create()
    await fill(Session, 1, { user_id: '7' })
    const addresses = ['', '?field=user_id&value=7', '?field=x', 'end-all?field=user_id&value=7']
    for (const method of ['GET', 'HEAD', 'POST', 'PUT']) {
      for (const address of [
        ...addresses,
        'end',
        'job',
        'nothing',
        'icon.svg',
        'style.css',
        'live.js',
      ]) {
        await operator.open(`/admin/${address}`, { method })
        expect(Object.fromEntries(operator.headers)).toMatchObject({
          'content-security-policy':
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; " +
            "base-uri 'none'; frame-ancestors 'none'",
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'same-origin',
        })
        expect(operator.text).not.toMatch(/<script|<style| style=| on\w+=/)
        if (method === 'HEAD') expect(operator.text).toBe('')
      }
    }
    await operator.open('/admin/', { method: 'HEAD' })
    expect(operator.status).toBe(200)
    expect(Number(operator.headers.get('content-length'))).toBeGreaterThan(500)
    await operator.open('/admin/nothing')
    expect(operator.status).toBe(404)
    expect(errors).toEqual([])
  })
})
