// One copy of the code, and each add-on, for CommonJS.
const assert = require('node:assert/strict')
const Koa = require('koa')
const sessions = require('koa-redis-session-sets')
const { exports: entries, name } = require('koa-redis-session-sets/package.json')

const addOns = Object.keys(entries).filter((path) => path !== './package.json')
assert.ok(addOns.length > 5)
for (const path of addOns) assert.notDeepEqual(Object.keys(require(name + path.slice(1))), [])

const Session = sessions(new Koa(), { store: new sessions.MemoryStore() })
assert.equal(typeof Session.revokeAll, 'function')
