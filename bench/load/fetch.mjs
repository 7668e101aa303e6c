import { isLogin } from '../lib/servers.mjs'

/** A slower autocannon.mjs without dependencies, for the smoke run. */
export async function drive({ url, route, visitors, requests }) {
  const visit = async (visitor) => {
    while (!requests.done) {
      const start = performance.now()
      const headers = isLogin(route) ? {} : { cookie: visitor.cookie }
      const response = await fetch(`${url}/${route}`, { headers })
      const body = await response.text()
      requests.answered(performance.now() - start, response.status)
      const signed = !isLogin(route) || response.headers.has('set-cookie')
      requests.checked(signed && visitor.accepts(route, body), body)
    }
  }
  await Promise.all(visitors.map(visit))
}
