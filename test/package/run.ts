import { execFile } from 'node:child_process'

/** Runs a program to its end and gives what it printed; fails with all of it. */
export function run(
  program: string,
  args: string[],
  { cwd, env }: { cwd: string; env?: Record<string, string> },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: { ...process.env, ...env }, timeout: 120_000, encoding: 'utf8' }
    execFile(program, args, { ...options, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stdout}\n${stderr}`, { cause: error }))
      else resolve(stdout)
    })
  })
}
