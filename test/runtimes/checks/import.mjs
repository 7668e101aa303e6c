// What `import` gets is the same code as what `require` gets, by the same names.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import sessions, { SessionError } from 'koa-redis-session-sets'

const require = createRequire(import.meta.url)
const { exports: entries, name } = require('koa-redis-session-sets/package.json')

for (const path of Object.keys(entries)) {
  if (path === './package.json') continue
  const required = require(name + path.slice(1))
  const imported = await import(name + path.slice(1))
  assert.notDeepEqual(Object.keys(required), [])
  for (const key of Object.keys(required)) assert.equal(imported[key], required[key], path + key)
}
assert.throws(() => sessions({ use() {} }, { maxAge: 'soon' }), SessionError)
