/** One server in a process of its own: `node process.mjs NAME REDIS`. It tells its port first. */
import { once } from 'node:events'
import { answerQuestions } from '../lib/child.mjs'
import { profiler } from './profiler.mjs'

const [name, redis] = process.argv.slice(2)
const { start } = await import(`./${name}.mjs`)
const server = await start(JSON.parse(redis))
if (!server.listening) await once(server, 'listening')

const usage = () => ({ cpu: process.cpuUsage(), memory: process.memoryUsage.rss() })
answerQuestions({ usage, ...profiler }, server.address().port)
