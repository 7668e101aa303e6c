import { createHash } from 'node:crypto'

/** A Lua script, with what builds its arguments and what reads its reply. */
export interface Script<Input, Reply> {
  readonly lua: string
  /** The digest by which Redis knows the script once it has run. */
  readonly sha: string
  readonly encode: (input: Input) => ScriptArguments
  /** Reads what the script returned. A reply of `false` in Lua is `null` here. */
  readonly decode: (reply: never) => Reply
}

export interface ScriptArguments {
  readonly keys: readonly string[]
  readonly args: readonly string[]
}

/** Joins the fragments of a script. Local functions come before the code that calls them. */
export function defineScript<Input, Reply>(script: {
  readonly lua: readonly string[]
  readonly encode: (input: Input) => ScriptArguments
  readonly decode: (reply: never) => Reply
}): Script<Input, Reply> {
  const lua = script.lua.join('\n')
  return { ...script, lua, sha: createHash('sha1').update(lua).digest('hex') }
}

/** An integer in a reply: a string with ioredis's `stringNumbers`. */
export type Integer = number | string

/** An optional number as scripts expect it: '' for none. */
export function optional(value: number | undefined): string {
  return value === undefined ? '' : String(value)
}

/** The pairs in a flat list, as RESP2 and scripts send a hash. */
export function flatEntries(flat: readonly string[]): [string, string][] {
  const entries: [string, string][] = []
  for (let i = 0; i + 1 < flat.length; i += 2) entries.push([flat[i] ?? '', flat[i + 1] ?? ''])
  return entries
}
