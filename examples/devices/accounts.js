'use strict'

// The demo accounts. A real application has a database here.

const crypto = require('node:crypto')
const { hashPassword, isPassword } = require('./passwords.js')

const ACCOUNTS = new Map([
  ['alice', { operator: false }],
  ['bob', { operator: false }],
  ['operator', { operator: true }],
])
// Of all of them, until it is changed.
const FIRST_PASSWORD = 'open sesame'

function createAccounts(storage) {
  const first = hashPassword(FIRST_PASSWORD)
  // Of a password that nobody knows. It is compared where there is no such account, so that this
  // takes as long.
  const unknown = hashPassword(crypto.randomBytes(16).toString('hex'))
  const key = (name) => `password:${name}`

  return {
    async hasPassword(name, password) {
      const hash = await storage.get(key(name))
      return isPassword(password, hash ?? (await (ACCOUNTS.has(name) ? first : unknown)))
    },

    async setPassword(name, password) {
      await storage.set(key(name), await hashPassword(password))
    },

    isOperator: (name) => ACCOUNTS.get(name)?.operator === true,
  }
}

module.exports = { createAccounts, ACCOUNTS, FIRST_PASSWORD }
