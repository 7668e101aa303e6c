/** The code of docs/guide/moving-from-3.md is run here. */
import Koa from 'koa'
import { expect, test } from 'vitest'
import { sessions } from '../../../src/index.js'
import { readSections, run } from './blocks.js'
import { connect } from './site.js'

test('the loop of version 3, and a write by id, still work', async () => {
  const client = connect('')
  const Session = sessions(new Koa(), { client, prefix: 'moving', references: { user_id: {} } })
  const id = Session.store.createSessionId()
  await Session.store.set(id, { user_id: 1 })
  const sections = readSections('docs/guide/moving-from-3.md')
  await run(sections.get('Writing by id')!, { Session, client, id })
  expect(await Session.store.get(id)).toEqual({ id, user_id: '1', name: 'x' })
  await run(sections.get('What still works')!, { Session, client })
  expect(await Session.store.get(id)).toEqual({})
  expect(await Session.count('user_id', 1)).toBe(0)
})
