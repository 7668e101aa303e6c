'use strict'

// The demo accounts. A real application has a database here.

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
  // Nobody's. It is compared where there is no such account, so that this takes as long.
  const nobodys = hashPassword('')
  const key = (name) => `password:${name}`

  return {
    async hasPassword(name, password) {
      const known = ACCOUNTS.has(name)
      const hash = (await storage.get(key(name))) ?? (await (known ? first : nobodys))
      const right = await isPassword(password, hash)
      return known && right
    },

    async setPassword(name, password) {
      await storage.set(key(name), await hashPassword(password))
    },

    isOperator: (name) => ACCOUNTS.get(name)?.operator === true,
  }
}

module.exports = { createAccounts, ACCOUNTS, FIRST_PASSWORD }
