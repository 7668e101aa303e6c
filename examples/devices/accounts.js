'use strict'

// The demo accounts, in place of a database.

const crypto = require('node:crypto')
const { hashPassword, isPassword } = require('./passwords.js')

const ACCOUNTS = new Map([
  ['alice', { operator: false }],
  ['bob', { operator: false }],
  ['operator', { operator: true }],
])
const FIRST_PASSWORD = 'open sesame'

function createAccounts(storage) {
  const first = hashPassword(FIRST_PASSWORD)
  // Compared for unknown accounts, so that they take as long to refuse.
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
