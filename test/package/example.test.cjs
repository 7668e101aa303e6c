// Run by Jest, whose `require` loads CommonJS alone.
const visit = require('./visit.cjs')
const example = require('./example.cjs')

/* global test, expect */
test('a visitor comes and is signed out everywhere', async () => {
  expect(await visit(example)).toEqual({ status: 204, hashes: 1, sets: 1, left: [] })
})
