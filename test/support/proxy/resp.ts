/** As much of Redis's protocol as it takes to tell where one message ends and the next begins. */

const CRLF = '\r\n'

/**
 * Where the message that begins at `start` ends; `undefined` while a part of it is missing. A command
 * is a message too: an array of texts.
 */
export function messageEnd(bytes: Buffer, start = 0): number | undefined {
  const lineEnd = bytes.indexOf(CRLF, start)
  if (lineEnd === -1) return undefined
  const next = lineEnd + CRLF.length
  const type = String.fromCharCode(bytes[start]!)
  const count = Number(bytes.toString('latin1', start + 1, lineEnd))
  if ('$=!'.includes(type)) {
    const end = count < 0 ? next : next + count + CRLF.length
    return end <= bytes.length ? end : undefined
  }
  if ('*~>'.includes(type)) return manyEnd(bytes, next, count)
  if (type === '%') return manyEnd(bytes, next, 2 * count)
  // Attributes come before the message that they are about.
  if (type === '|') return manyEnd(bytes, next, 2 * count + 1)
  return next
}

function manyEnd(bytes: Buffer, start: number, count: number): number | undefined {
  let end: number | undefined = start
  for (let i = 0; i < count && end !== undefined; i++) end = messageEnd(bytes, end)
  return end
}

/** The words of a command. */
export function commandWords(command: Buffer): string[] {
  const words: string[] = []
  let at = command.indexOf(CRLF) + CRLF.length
  while (at < command.length) {
    const lineEnd = command.indexOf(CRLF, at)
    const length = Number(command.toString('latin1', at + 1, lineEnd))
    const from = lineEnd + CRLF.length
    words.push(command.toString('utf8', from, from + length))
    at = from + length + CRLF.length
  }
  return words
}
