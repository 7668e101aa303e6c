import { Redis } from 'ioredis'
import { createClient } from 'redis'

const url = process.env.REDIS_URL

export const ioredis = () => new Redis(url)

export const nodeRedis = () => createClient({ url }).connect()
