/** The two parts of the field of a binding. */

/** The binding alone. */
export function bindingOf(stored: string | null | undefined): string | undefined {
  const space = stored?.indexOf(' ') ?? -1
  return space === -1 ? (stored ?? undefined) : stored?.slice(0, space)
}

/** The public key of the device; `undefined` where none has registered. */
export function publicKeyOf(stored: string | null | undefined): string | undefined {
  const space = stored?.indexOf(' ') ?? -1
  return space === -1 ? undefined : stored?.slice(space + 1)
}
