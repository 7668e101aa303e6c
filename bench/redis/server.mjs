import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { Redis } from 'ioredis'

// The shell's input ends with this process, however that dies: no server and no folder outlives the
// suite.
const SCRIPT = `
dir=$(mktemp -d) && cd "$dir" || exit
server=\${REDIS_SERVER:-$(command -v redis-server || command -v valkey-server)}
"$server" "$@" &
read -r _
kill $! && wait $!
rm -rf "$dir"`

const TRIES = 5

/** Starts a Redis without persistence on a free port of 127.0.0.1. */
export async function startRedis(args = []) {
  for (let tries = 1; ; tries++) {
    // Below the ephemeral ports, even with the 10000 that a cluster bus adds.
    const port = randomInt(10_000, 20_000)
    try {
      return await launch(port, args)
    } catch (error) {
      if (tries === TRIES || !/address already in use/i.test(error.message)) throw error
    }
  }
}

async function launch(port, more) {
  const own = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const shell = spawn('sh', ['-c', SCRIPT, 'sh', ...own, ...more].map(String), {
    // Out of Ctrl+C's reach, so that the shell can clean up.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const exit = once(shell, 'exit')
  const end = async () => {
    shell.stdin.end()
    await exit
  }
  try {
    await untilReady(shell)
  } catch (error) {
    await end()
    throw error
  }
  const node = { host: '127.0.0.1', port }
  const client = new Redis(node)
  return {
    node,
    client,
    async stop() {
      client.disconnect()
      await end()
    },
  }
}

/** Resolves when the server is ready; rejects with its output. */
async function untilReady(shell) {
  let output = ''
  let tooLong
  try {
    await new Promise((resolve, reject) => {
      const fail = () => reject(new Error(`Redis did not start:\n${output}`))
      const listen = (text) => {
        output += text
        if (output.includes('Ready to accept connections')) resolve()
        if (/address already in use|not found/i.test(output)) fail()
      }
      tooLong = setTimeout(fail, 10_000)
      shell.stdout.setEncoding('utf8').on('data', listen)
      shell.stderr.setEncoding('utf8').on('data', listen)
      shell.once('error', reject)
    })
  } finally {
    clearTimeout(tooLong)
    // Keep reading, or the server would block on a full pipe.
    shell.stdout.removeAllListeners('data').resume()
    shell.stderr.removeAllListeners('data').resume()
  }
}
