import assert from 'node:assert/strict'

/** What two devices of one user do: sign in, write side by side, are found, and are ended. */
export async function travel({ Session, visitor }) {
  const [laptop, phone] = [visitor(), visitor()]
  assert.deepEqual(await laptop.read('/'), {})
  for (const device of [laptop, phone]) assert.equal(await device.post('/sign-in/ada'), 204)
  assert.equal((await laptop.read('/')).user_id, 'ada')

  const statuses = await Promise.all(['a', 'b', 'c'].map((name) => laptop.post(`/set/${name}`)))
  assert.deepEqual(statuses, [204, 204, 204])
  const { id, ...written } = await laptop.read('/')
  assert.deepEqual(written, { user_id: 'ada', a: 'yes', b: 'yes', c: 'yes' })

  const found = []
  for await (const session of Session.find('user_id', 'ada')) found.push(session.id)
  assert.equal(new Set(found).size, 2)
  assert.ok(found.includes(id))
  assert.equal(await Session.revokeAll('user_id', 'ada', { except: id }), 1)
  assert.deepEqual(await phone.read('/'), {})
  assert.equal((await laptop.read('/')).user_id, 'ada')

  assert.equal(await laptop.post('/sign-out'), 204)
  assert.deepEqual(await laptop.read('/'), {})
  assert.equal(await Session.count('user_id', 'ada'), 0)
}

/** What an open page is told when its session is ended elsewhere. */
export async function watch({ Session, visitor }) {
  const phone = visitor()
  await phone.post('/sign-in/ada')
  const page = await phone.fetch('/live')
  const chunks = page.body.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]()
  assert.equal((await chunks.next()).value, 'open\n')
  assert.equal(await Session.revokeAll('user_id', 'ada'), 1)
  let rest = ''
  for await (const chunk of chunks) rest += chunk
  assert.equal(rest, 'ERR_SESSION_REVOKED')
}
