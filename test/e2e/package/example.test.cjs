// Run by Jest, whose `require` loads CommonJS alone, in a realm of its own.
const { statSync } = require('node:fs')
const { field } = require('koa-redis-session-sets')
const visit = require('./visit.cjs')
const example = require('./example.cjs')

/* global test, expect */
test('a visitor comes and is signed out everywhere', async () => {
  expect(await visit(example)).toEqual({ status: 204, hashes: 1, sets: 1, left: [] })
})

test('what Node’s own modules hand out can be kept', () => {
  const { mtime } = statSync(__filename)
  expect(field.date().encode(mtime)).toBe(mtime.toISOString())
  expect(field.json().encode(structuredClone({ a: [1] }))).toBe('{"a":[1]}')
  expect(() => field.json().encode({ mtime })).toThrow()
})
