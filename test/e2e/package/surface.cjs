// Prints what one process gets by `require` and by `import`, and whether it is the same.
const required = require('koa-redis-session-sets')
const requiredPages = require('koa-redis-session-sets/admin')
const requiredDevices = require('koa-redis-session-sets/device-bound')
const requiredNode = require('koa-redis-session-sets/node')
const requiredAdopt = require('koa-redis-session-sets/adopt')
const requiredLogout = require('koa-redis-session-sets/back-channel-logout')
const requiredPassport = require('koa-redis-session-sets/passport')

const WRONG = [{ use() {} }, { maxAge: 'soon' }]

function thrownBy(sessions, ...args) {
  try {
    return sessions(...args)
  } catch (error) {
    return error
  }
}

void Promise.all([
  import('koa-redis-session-sets'),
  import('koa-redis-session-sets/admin'),
  import('koa-redis-session-sets/device-bound'),
  import('koa-redis-session-sets/node'),
  import('koa-redis-session-sets/adopt'),
  import('koa-redis-session-sets/passport'),
  import('koa-redis-session-sets/back-channel-logout'),
]).then(([imported, { admin }, { deviceBound }, node, adopt, passport, logout]) => {
  const { default: byDefault, ...named } = imported
  const result = {
    required: Object.keys(required).toSorted(),
    imported: Object.keys(named).toSorted(),
    different: Object.keys(named).filter((name) => named[name] !== required[name]),
    functions: [typeof required, typeof byDefault],
    caught: [
      thrownBy(required, ...WRONG) instanceof imported.SessionError,
      thrownBy(byDefault, ...WRONG) instanceof required.SessionError,
      thrownBy(admin) instanceof required.SessionError,
    ],
    devices: [typeof deviceBound().answer, deviceBound === requiredDevices.deviceBound],
    node: [typeof node.sessions().for, node.sessions === requiredNode.sessions],
    adopt: [Object.keys(requiredAdopt), adopt.fromVersion3 === requiredAdopt.fromVersion3],
    passport: [
      Object.keys(requiredPassport).toSorted(),
      passport.passportSession === requiredPassport.passportSession,
    ],
    logout: [
      Object.keys(requiredLogout),
      logout.backChannelLogout === requiredLogout.backChannelLogout,
    ],
    pages: [Object.keys(requiredPages), typeof admin, admin === requiredPages.admin],
  }
  console.log(JSON.stringify(result))
})
