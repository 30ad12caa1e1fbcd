/** JUnit's XML, which build servers read. */
import { escapeXml } from '../xml.ts'

export interface JunitCase {
  readonly name: string
  readonly className: string
  /** Not given: it passed. */
  readonly outcome?: {
    /** `output` is no failure, and stands with the case. */
    readonly kind: 'failure' | 'error' | 'skipped' | 'output'
    readonly message: string
    readonly detail: string
  } | undefined
}

export interface JunitSuite {
  readonly name: string
  readonly cases: readonly JunitCase[]
}

/** Suites without cases are left out. */
export function junitXml (name: string, milliseconds: number, suites: readonly JunitSuite[]): string {
  const written = suites.filter(({ cases }) => cases.length > 0).map(({ name, cases }) => {
    const count = (kind: string): number => cases.filter(({ outcome }) => outcome?.kind === kind).length
    const counts = `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`
    return `  <testsuite name="${escapeXml(name)}" ${counts}>\n${cases.map(writeCase).join('')}  </testsuite>\n`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${escapeXml(name)}" time="${(milliseconds / 1000).toFixed(3)}">\n${written.join('')}</testsuites>\n`
}

function writeCase ({ name, className, outcome }: JunitCase): string {
  const attributes = `name="${escapeXml(name)}" classname="${escapeXml(className)}"`
  return outcome === undefined ? `    <testcase ${attributes}/>\n` : `    <testcase ${attributes}>${writeOutcome(outcome)}</testcase>\n`
}

function writeOutcome ({ kind, message, detail }: NonNullable<JunitCase['outcome']>): string {
  switch (kind) {
    case 'failure':
    case 'error': return `<${kind} message="${escapeXml(message)}">${escapeXml(detail)}</${kind}>`
    case 'skipped': return `<skipped message="${escapeXml(message)}"/>`
    case 'output': return `<system-out>${escapeXml(`${message}: ${detail}`)}</system-out>`
  }
}
