import { execFile } from 'node:child_process'

interface Options {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** In ms; then the program is killed. */
  readonly timeout?: number
}

/** Runs a program to its end; resolves to what it printed. Where it fails, the error has that. */
export function run(
  program: string,
  args: string[],
  { cwd, env, timeout = 120_000 }: Options,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: { ...process.env, ...env }, timeout }
    execFile(program, args, options, (error, stdout) => {
      // The message has the command and its error output.
      if (error) reject(new Error(`${error.message}\n${stdout}`))
      else resolve(stdout)
    })
  })
}
