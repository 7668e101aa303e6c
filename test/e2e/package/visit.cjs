/**
 * Sends one request to an example and then runs its "later". Resolves to the response's status, the
 * numbers of hashes and sets that stood in Redis in between, and the keys of any type that are left.
 */
async function visit({ app, client, later }) {
  const before = await client.keys('*')
  const list = async () => (await client.keys('*')).filter((key) => !before.includes(key))

  const server = app.listen(0, '127.0.0.1')
  try {
    await new Promise((resolve) => server.once('listening', resolve))
    const { status } = await fetch(`http://127.0.0.1:${server.address().port}`)
    const types = await Promise.all((await list()).map((key) => client.type(key)))
    await later()
    const count = (wanted) => types.filter((type) => type === wanted).length
    return {
      status,
      hashes: count('hash'),
      sets: count('set'),
      left: (await list()).filter((key) => !key.endsWith(':tombstone')),
    }
  } finally {
    server.close()
    server.closeAllConnections()
    await client.quit()
  }
}

module.exports = visit
