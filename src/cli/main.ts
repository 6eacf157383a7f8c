#!/usr/bin/env node
// The command line: express-relying-party <command>.
import { type CommandResult, pkce, wrongUse } from './pkce.ts'

const help = `Usage: express-relying-party <command>

Commands:
  pkce    makes a PKCE pair, or checks one; see pkce --help
`

const commands: Readonly<Record<string, (args: readonly string[]) => CommandResult>> = { pkce }

function run([name, ...args]: readonly string[]): CommandResult {
  if (name === '--help' || name === '-h') return { exitCode: 0, stdout: help }
  if (name === undefined) return wrongUse('a command is missing')
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  return command?.(args) ?? wrongUse(`there is no such command (known: ${Object.keys(commands).join(', ')})`)
}

const { exitCode, stdout = '', stderr = '' } = run(process.argv.slice(2))
process.stdout.write(stdout)
process.stderr.write(stderr)
process.exitCode = exitCode
