import { readFileSync } from 'node:fs'
import { report } from 'node:process'

/** How many files and connections this process may have open; undefined if the system has no limit, or does not report it. */
export function readOpenFileLimit (): number | undefined {
  try {
    // Node has already raised the soft limit to the hard one.
    const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return limit === undefined ? undefined : Number(limit)
  } catch {
    return fromReport(report.getReport())
  }
}

/** Slower, since it inspects the whole process; the only way on macOS. */
function fromReport (all: unknown): number | undefined {
  const { userLimits } = Object(all) as { readonly userLimits?: { readonly open_files?: { readonly soft?: unknown } } }
  const soft = userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : undefined
}
