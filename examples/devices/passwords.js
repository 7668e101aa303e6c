'use strict'

// Password hashes: a random salt and the result of scrypt, which is slow to compute and so to guess.

const crypto = require('node:crypto')
const { promisify } = require('node:util')

const scrypt = promisify(crypto.scrypt)
// From OWASP's Password Storage Cheat Sheet, for 16 MB of memory.
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
  // Keyboards encode the same accented character differently.
  return scrypt(password.normalize('NFKC'), salt, 32, COST)
}

module.exports = { hashPassword, isPassword }
