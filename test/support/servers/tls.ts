import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { onTestFinished } from 'vitest'

export interface TlsServer {
  readonly port: number
  /** From now on no handshake is answered. Resolves to the n-th connection from then on, from 0. */
  stall(): (n: number) => Promise<Socket>
}

/** Redis behind TLS, with a certificate that nobody trusts. */
export async function startTlsServer(redisUrl: string): Promise<TlsServer> {
  const { hostname, port } = new URL(redisUrl)
  const sockets = new Set<Socket>()
  const tls = createTlsServer({ key: KEY, cert: CERTIFICATE }, (socket) => {
    const redis = connect(Number(port), hostname)
    for (const one of [socket, redis]) one.on('error', () => {})
    socket.pipe(redis).pipe(socket)
    socket.on('close', () => redis.destroy())
  })
  let stalled: Socket[] | undefined
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    if (stalled === undefined) {
      tls.emit('connection', socket)
    } else {
      stalled.push(socket)
      socket.resume()
      server.emit('stalled')
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    stall() {
      const connections: Socket[] = []
      stalled = connections
      return async (n) => {
        while (connections.length <= n) await once(server, 'stalled')
        return connections[n]!
      }
    },
  }
}

const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgLXQ3bUpN5+rUGCJw
vcj+Y5h203QNzBQVoQR7zb2JSZShRANCAASCnG3x5Jf/lLi5G2fjCPMMWU1vtPMN
r9oRHp1GAYQE/jOd/FvXPOz2lth+g0zplf/LmOgEspLqdUdKmzfZV/FQ
-----END PRIVATE KEY-----`

const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUSfhU8NE04SkJjx1YALGS3E5MJzkwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEzMDAzMTM1OFoYDzIxMjYxMTA2
MDMxMzU4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASCnG3x5Jf/lLi5G2fjCPMMWU1vtPMNr9oRHp1GAYQE/jOd/FvXPOz2
lth+g0zplf/LmOgEspLqdUdKmzfZV/FQo1MwUTAdBgNVHQ4EFgQUVt02sZrqmrkj
EZ1Wlqa+PqxdwOgwHwYDVR0jBBgwFoAUVt02sZrqmrkjEZ1Wlqa+PqxdwOgwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAlgft3mkv/sgo8hQW8sMT
1zjtmGv/zv0o/yBJG4xKhOsCIEbZSLA96bCYTffEG3AFWJJyI2OPhQby7BNbuPkq
HPUy
-----END CERTIFICATE-----`
