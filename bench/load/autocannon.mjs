import autocannon from 'autocannon'
import { isLogin } from '../lib/servers.mjs'

/** Extra time for a server that is slow to start, s. */
const PATIENCE = 30

/** Each visitor sends the next request as soon as it has a response. */
export function drive({ url, route, seconds, visitors, requests }) {
  const waiting = visitors.values()
  const setupClient = (client) => {
    const visitor = waiting.next().value
    if (!isLogin(route)) client.setHeaders({ cookie: visitor.cookie })
    let signed = true
    client.on('headers', ({ headers }) => {
      if (isLogin(route)) signed = headers.some((header) => /^set-cookie$/i.test(header))
    })
    // Set per connection, as each visitor expects another body.
    client.opts.verifyBody = (body) => {
      const right = signed && visitor.accepts(route, body)
      requests.checked(right, body)
      return right
    }
  }
  return new Promise((resolve, reject) => {
    const run = autocannon(
      {
        url: `${url}/${route}`,
        connections: visitors.length,
        duration: seconds + PATIENCE,
        // How often it checks the time, ms.
        sampleInt: 20,
        verifyBody: () => false,
        setupClient,
      },
      (error, result) => {
        if (error) return reject(error)
        if (result.errors > 0) requests.fail(`${result.errors} connections failed`)
        resolve()
      },
    )
    run.on('response', (client, status, bytes, latency) => {
      requests.answered(latency, status)
      if (requests.done) run.stop()
    })
  })
}
