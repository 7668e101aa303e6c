/** One server's process: `node process.mjs NAME REDIS`. Its first message is its port. */
import { once } from 'node:events'
import { answerQuestions } from '../lib/child.mjs'
import { profiler } from './profiler.mjs'

const [name, redis] = process.argv.slice(2)
const { start } = await import(`./${name}.mjs`)
const server = await start(JSON.parse(redis))
if (!server.listening) await once(server, 'listening')

const usage = () => ({ cpu: process.cpuUsage(), memory: process.memoryUsage.rss() })
answerQuestions({ usage, ...profiler }, server.address().port)
