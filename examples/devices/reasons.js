'use strict'

// What a visitor is told whose session has ended, by the reason that was given for it.
const REASONS = {
  device: 'This device was signed out from another one.',
  everywhere: 'You were signed out everywhere.',
  password: 'You were signed out because the password was changed on another device.',
  // Given by the operator's page.
  operator: 'An operator has signed you out.',
}

module.exports = { REASONS }
