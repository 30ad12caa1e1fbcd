import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

/** More than this share of the processors at work for others, and a ratio says little. */
export const TOO_BUSY = 0.15

const MILLISECONDS = 2000

/** The share of this machine's processors that is at work now, from 0 to 1; measured for two seconds in which the benchmark does nothing. */
export async function busyShare (): Promise<number> {
  const before = times()
  await sleep(MILLISECONDS)
  const after = times()
  return 1 - (after.idle - before.idle) / (after.all - before.all)
}

function times (): { readonly idle: number, readonly all: number } {
  const each = cpus().map(({ times }) => times)
  const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0)
  return { idle: sum(each.map(({ idle }) => idle)), all: sum(each.flatMap(({ idle, user, sys, nice, irq }) => [idle, user, sys, nice, irq])) }
}
