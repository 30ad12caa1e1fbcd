/** Loaded before a test: at its end it writes how long processors worked for its process, and for those that it started and waited for. */
import { readFileSync } from 'node:fs'

/** Ticks in a second, for programs the same on every Linux. */
const TICKS = 100

process.once('exit', () => { process.stdout.write(`# processor seconds: ${seconds().toFixed(2)}\n`) })

function seconds () {
  try {
    // After the name in parentheses: utime, stime, cutime and cstime are the 12th to 15th.
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS
  } catch {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000_000
  }
}
