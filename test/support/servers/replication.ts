import { Redis } from 'ioredis'
import type { RedisServer } from './server.js'
import { until } from '../until.js'

/** Waits until a server's replica has all that the server has answered by now. */
export async function replicated(server: RedisServer): Promise<void> {
  const client = new Redis(server.port)
  try {
    const numberOf = async (name: string) =>
      Number(new RegExp(`\\b${name}[:=](\\d+)`).exec(await client.info('replication'))?.[1])
    const sent = await numberOf('master_repl_offset')
    await until('the replica has it all', async () => (await numberOf('offset')) >= sent)
  } finally {
    client.disconnect()
  }
}
