import { expect, test } from 'vitest'
import { commandWords, messageEnd } from '../../support/proxy/resp.js'

const MESSAGES = [
  '+OK\r\n',
  '-ERR no\r\n',
  ':1\r\n',
  ',1.5\r\n',
  '_\r\n',
  '#t\r\n',
  '(1\r\n',
  '$-1\r\n',
  '$0\r\n\r\n',
  '$4\r\na\r\nb\r\n',
  '=5\r\ntxt:a\r\n',
  '!2\r\nno\r\n',
  '*-1\r\n',
  '*0\r\n',
  '*2\r\n$1\r\na\r\n*1\r\n:1\r\n',
  '%1\r\n+a\r\n~1\r\n:1\r\n',
  '>2\r\n+a\r\n+b\r\n',
  '|1\r\n+a\r\n:1\r\n$1\r\na\r\n',
]

test.each(MESSAGES)('%j ends where it ends, and not before', (message) => {
  const bytes = Buffer.from(`${message}+more\r\n`)
  expect(messageEnd(bytes)).toBe(message.length)
  for (let length = 0; length < message.length; length++) {
    expect(messageEnd(bytes.subarray(0, length))).toBeUndefined()
  }
})

test('the words of a command, with what may be in them', () => {
  const command = Buffer.from('*3\r\n$3\r\nSET\r\n$4\r\na\r\nb\r\n$2\r\né\r\n')
  expect(messageEnd(command)).toBe(command.length)
  expect(commandWords(command)).toEqual(['SET', 'a\r\nb', 'é'])
})
