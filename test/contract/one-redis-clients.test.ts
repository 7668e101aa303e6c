import { SINGLE } from '../support/clients/supported.js'
import { describeOnOneRedis } from './one-redis.js'

const { 'ioredis 6': _, 'node-redis 6': __, ...others } = SINGLE
describeOnOneRedis(Object.keys(others))
