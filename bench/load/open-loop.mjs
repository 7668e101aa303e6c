import { Client } from 'undici'
import { isLogin } from '../lib/servers.mjs'

/** How often requests come, ms. */
const TICK = 1

/**
 * Requests come at a fixed rate, whether those before are answered or not: each ms brings its share. One that finds
 * all visitors waiting for a response waits itself, and its latency counts from when it came.
 */
export async function drive({ url, route, seconds, rate, visitors, requests }) {
  // A rate takes two answers, however slow the machine is.
  const total = Math.max(2, Math.ceil(rate * seconds))
  const clients = visitors.map((visitor) => [visitor, new Client(url, { pipelining: 1 })])
  const free = [...clients]
  const due = []
  try {
    await new Promise((resolve, reject) => {
      const start = performance.now()
      let came = 0
      let answered = 0
      const work = () => {
        while (due.length > 0 && free.length > 0) send(due.shift(), free.pop())
      }
      const send = (at, one) => {
        const [visitor, client] = one
        request(client, visitor, route, reject, ({ status, signed, body }) => {
          requests.answered(performance.now() - at, status)
          requests.checked(signed && visitor.accepts(route, body), body)
          free.push(one)
          if (++answered === total) resolve()
          else work()
        })
      }
      const tick = () => {
        const now = performance.now()
        for (; came < total; came++) {
          const at = start + Math.floor((came / rate) * (1000 / TICK)) * TICK
          if (at > now) break
          due.push(at)
        }
        if (came === total) clearInterval(timer)
        work()
      }
      const timer = setInterval(tick, TICK)
    })
  } finally {
    await Promise.all(clients.map(([, client]) => client.destroy()))
  }
}

function request(client, visitor, route, onError, onResponse) {
  const headers = isLogin(route) ? {} : { cookie: visitor.cookie }
  let status
  let signed
  let body = ''
  client.dispatch(
    { method: 'GET', path: `/${route}`, headers },
    {
      onRequestStart() {},
      onResponseStart(_controller, code, received) {
        status = code
        signed = !isLogin(route) || received['set-cookie'] !== undefined
      },
      onResponseData(_controller, chunk) {
        body += chunk.toString()
      },
      onResponseEnd: () => onResponse({ status, signed, body }),
      onResponseError: (_controller, error) => onError(error),
    },
  )
}
