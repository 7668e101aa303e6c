import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { Redis } from 'ioredis'

// The shell waits for the end of its input, which comes with the end of this process in whatever
// way: so no server and no folder outlives the suite.
const SCRIPT = `
dir=$(mktemp -d) && cd "$dir" || exit
server=\${REDIS_SERVER:-$(command -v redis-server || command -v valkey-server)}
"$server" "$@" &
read -r _
kill $! && wait $!
rm -rf "$dir"`

const TRIES = 5

/** Starts a Redis of the suite's own on a free port of 127.0.0.1, which keeps nothing on disk. */
export async function startRedis(args = []) {
  for (let tries = 1; ; tries++) {
    // Below the ports that systems take for outgoing connections, also with a cluster's 10000 more.
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
    // Not in reach of Ctrl-C, which would end the shell before it has tidied up.
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

/** Resolves when the server says that it is ready; rejects with what it said instead. */
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
    // It goes on talking, and would stop when nobody read it.
    shell.stdout.removeAllListeners('data').resume()
    shell.stderr.removeAllListeners('data').resume()
  }
}
