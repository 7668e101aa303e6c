'use strict'

// Loaded before the devices example: its passwords cost next to nothing then. That they cost enough is checked in
// test/e2e/examples/devices/passwords-and-storage.test.ts.

const crypto = require('node:crypto')

const { scrypt } = crypto
crypto.scrypt = (password, salt, length, _cost, done) =>
  scrypt(password, salt, length, { N: 2, r: 1, p: 1 }, done)
