import { readFileSync } from 'node:fs'
import { report } from 'node:process'

/** How many files and connections this process may have open; undefined where the system sets no limit, or tells none. */
export function readOpenFileLimit (): number | undefined {
  try {
    // Node has raised the soft limit to the hard one by now.
    const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return limit === undefined ? undefined : Number(limit)
  } catch {
    return fromReport(report.getReport())
  }
}

/** Takes longer: it looks at all of the process. macOS has nothing else. */
function fromReport (all: unknown): number | undefined {
  const { userLimits } = Object(all) as { readonly userLimits?: { readonly open_files?: { readonly soft?: unknown } } }
  const soft = userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : undefined
}
