// Prints what one process gets by `require` and by `import`, and whether it is the same.
const required = require('koa-redis-session-sets')

function thrownBy(sessions) {
  try {
    return sessions({ use() {} }, { maxAge: 'soon' })
  } catch (error) {
    return error
  }
}

void import('koa-redis-session-sets').then((imported) => {
  const { default: byDefault, ...named } = imported
  const result = {
    required: Object.keys(required).toSorted(),
    imported: Object.keys(named).toSorted(),
    different: Object.keys(named).filter((name) => named[name] !== required[name]),
    functions: [typeof required, typeof byDefault],
    caught: [
      thrownBy(required) instanceof imported.SessionError,
      thrownBy(byDefault) instanceof required.SessionError,
    ],
  }
  console.log(JSON.stringify(result))
})
