import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'

// Reads pids until its input ends, then kills the last one and removes the folder.
const SCRIPT = 'while read line; do pid=$line; done; [ -z "$pid" ] || kill -9 "$pid"; rm -rf "$0"'

// A worker of a test run that was killed would go on until its test is over. (Vitest does not let
// it call `process.exit`.)
process.once('disconnect', () => process.kill(process.pid))

/**
 * Watches over one server from outside this process. When this process ends, in whatever way, the
 * system closes the guard's input: so no server and no folder outlives a run that was interrupted
 * or killed, where no `exit` handler runs. It has its own process group, out of Ctrl-C's reach.
 */
export function startGuard(dir: string) {
  const shell = spawn('sh', ['-c', SCRIPT, dir], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const input = shell.stdin as Socket
  // The guard must not keep this process alive.
  shell.unref()
  input.unref()

  return {
    /** Sets the process that must not outlive this one; none means that it has ended. */
    watch(pid?: number): void {
      input.write(`${pid ?? ''}\n`)
    },
    /** Ends the guard. The folder is gone, and a process still watched is killed. */
    async dismiss(): Promise<void> {
      if (shell.exitCode !== null) return
      shell.ref()
      input.end()
      await once(shell, 'exit')
    },
  }
}
