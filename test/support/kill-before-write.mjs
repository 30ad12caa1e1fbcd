/**
 * Kills the program that it is loaded into before a chosen change of the file system, as no signal from outside can be timed:
 * `KILLED_AT=7 node --import …/kill-before-write.mjs dist/main.js restore …`. What was changed before is real. With 0 it lives, and says at its end
 * on standard error how many changes there were.
 */
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

const at = Number(process.env.KILLED_AT)
let changes = 0
if (at === 0) process.once('exit', () => { process.stderr.write(`changes: ${changes}\n`) })

function step () {
  if (++changes === at) process.kill(process.pid, 'SIGKILL')
}

for (const name of ['copyFile', 'cp', 'link', 'mkdir', 'rename', 'rm', 'writeFile']) {
  const change = fs[name]
  fs[name] = (...words) => {
    step()
    return change(...words)
  }
}
// Writing and syncing begin with it.
const { open } = fs
fs.open = async (...words) => {
  step()
  const handle = await open(...words)
  const sync = handle.sync.bind(handle)
  handle.sync = () => {
    step()
    return sync()
  }
  return handle
}
syncBuiltinESMExports()
