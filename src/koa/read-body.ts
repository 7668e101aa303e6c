import type { IncomingMessage } from 'node:http'

/**
 * Reads a request's body. `undefined` where it has more than `limit` bytes: the rest is unread.
 *
 * @throws where the sender disconnects
 */
export async function readBody(req: IncomingMessage, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  // Destroying the request would destroy its socket: the answer is still to be sent, and middleware may want `ctx.ip`.
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length
    if (size > limit) return undefined
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString()
}
