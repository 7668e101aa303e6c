'use strict'

// Passwords are kept as a salt and what scrypt makes of both: slow to compute, so slow to guess.

const crypto = require('node:crypto')
const { promisify } = require('node:util')

// Runs on a thread of its own: other requests go on meanwhile.
const scrypt = promisify(crypto.scrypt)
// What OWASP's password storage cheat sheet asks for at 16 MB of memory.
const COST = { N: 2 ** 14, r: 8, p: 5 }

async function hashPassword(password) {
  const salt = crypto.randomBytes(16)
  return `${salt.toString('base64url')}.${(await derive(password, salt)).toString('base64url')}`
}

async function isPassword(password, hash) {
  const [salt, key] = hash.split('.').map((part) => Buffer.from(part, 'base64url'))
  return crypto.timingSafeEqual(key, await derive(password, salt))
}

function derive(password, salt) {
  // The same text typed on another keyboard may be other characters.
  return scrypt(password.normalize('NFKC'), salt, 32, COST)
}

module.exports = { hashPassword, isPassword }
