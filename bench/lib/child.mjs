import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Starts a program of the suite; resolves with its first message as `first`. */
export async function startChild(file, args = []) {
  const name = [file, ...args].join(' ')
  const child = fork(fileURLToPath(new URL(`../${file}`, import.meta.url)), args, {
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const message = async () => {
    const settled = new AbortController()
    const ended = async () => {
      await once(child, 'exit', settled)
      throw new Error(`${name} has ended`)
    }
    try {
      const [received] = await Promise.race([once(child, 'message', settled), ended()])
      return received
    } finally {
      settled.abort()
    }
  }

  return {
    first: await message(),
    /** Calls a function that the child passed to `answerQuestions`; one at a time. */
    ask: async (question, details = {}) => {
      const received = message()
      child.send({ question, ...details })
      const { answer, error } = await received
      if (error === undefined) return answer
      throw new Error(`${name}: ${error}`)
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.disconnect()
      await exit
    },
  }
}

/** In the child: calls these functions for its parent, and exits with it. */
export function answerQuestions(answers, first) {
  const answer = async ({ question, ...details }) => {
    try {
      process.send({ answer: await answers[question](details) })
    } catch (error) {
      process.send({ error: error.message })
    }
  }
  process.on('message', (message) => void answer(message))
  process.on('disconnect', () => process.exit())
  process.send(first)
}
