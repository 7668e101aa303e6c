'use strict'

// Static files. They do not use ctx.session, so they cost no Redis command and set no cookie.

const fs = require('node:fs')
const path = require('node:path')

const FOLDER = path.join(__dirname, '../public')

function addStatic(router) {
  for (const name of fs.readdirSync(FOLDER)) {
    const text = fs.readFileSync(path.join(FOLDER, name), 'utf8')
    router.get(`/${name}`, (ctx) => {
      ctx.set('Cache-Control', 'no-cache')
      ctx.type = path.extname(name)
      ctx.body = text
    })
  }
}

module.exports = { addStatic }
