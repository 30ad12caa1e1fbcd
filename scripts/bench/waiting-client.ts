/**
 * Run as a process: `URL READY_FILE STOP_FILE`; sends one request after another, from the time it has created the first file
 * until the second one exists, and prints the longest wait in milliseconds.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'

const [url = '', readyFile = '', stopFile = ''] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: 1 })

/** The time from the request to the complete answer. */
function ask (): Promise<number> {
  const began = performance.now()
  return new Promise((resolve, reject) => {
    get(url, { agent }, response => {
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`))
      response.resume().on('end', () => { resolve(performance.now() - began) })
    }).on('error', reject)
  })
}

// Warm up first: before its own code is compiled it would measure itself.
for (let i = 0; i < 300; i++) await ask()
writeFileSync(readyFile, '')
let longest = 0
while (!existsSync(stopFile)) longest = Math.max(longest, await ask())
process.stdout.write(`${longest}\n`)
agent.destroy()
