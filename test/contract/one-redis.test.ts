import { describeOnOneRedis } from './one-redis.js'

describeOnOneRedis(['ioredis 6', 'node-redis 6'])
