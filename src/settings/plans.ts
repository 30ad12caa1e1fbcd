/** The plan settings of the settings file, in one table; the others keep their defaults. */
import { reasonOf } from '../domain/as-error.ts'
import { DEFAULT_PLANS, PLAN_NAMES, type AnonymousPlan, type Plan, type Plans } from '../domain/accounts/plan.ts'
import { anonymousCapabilities, capabilities, countLimit, size, sizeLimit, speed, type Kind } from './kinds.ts'

type Table<P> = { readonly [K in keyof P]: { readonly kind: Kind<P[K]>, readonly about: string } }

const ANONYMOUS_SETTINGS: Table<AnonymousPlan> = {
  maxFileSize: { kind: size, about: 'The largest file.' },
  capabilities: { kind: anonymousCapabilities, about: 'Whether uploads without an account are accepted.' },
  uploadSpeed: { kind: speed, about: 'The speed limit of one upload.' },
  downloadSpeed: { kind: speed, about: 'The speed limit of one download of an anonymous file.' }
}

export const PLAN_SETTINGS: Table<Plan> = {
  maxFileSize: ANONYMOUS_SETTINGS.maxFileSize,
  disk: { kind: sizeLimit, about: 'The most space for all files of an account.' },
  bandwidth: { kind: sizeLimit, about: 'Downloads per 30 days: its own by download.getInfo, and all others of its files.' },
  sessions: { kind: countLimit, about: 'The most open sessions; expired ones do not count.' },
  contacts: { kind: countLimit, about: 'The most entries in the address book.' },
  capabilities: { kind: capabilities, about: 'What an account may do.' },
  uploadSpeed: ANONYMOUS_SETTINGS.uploadSpeed,
  downloadSpeed: { kind: speed, about: 'The speed limit of one download that counts against the account\'s bandwidth.' }
}

/** `maxFileSize` is `max-file-size` in the file. */
export const keyOf = (name: string): string => name.replace(/[A-Z]/g, letter => '-' + letter.toLowerCase())

/** Texts by plan and key → plans. Calls `report` for each error, with its path. */
export function readPlans (sent: Readonly<Record<string, unknown>>, report: (path: string, problem: string) => void): Plans {
  const plans = { ...DEFAULT_PLANS }
  for (const [name, values] of Object.entries(sent)) {
    const plan = PLAN_NAMES.find(known => known.toLowerCase() === name.toLowerCase())
    if (name.toLowerCase() === 'anonymous') plans.anonymous = readPlan(ANONYMOUS_SETTINGS, plans.anonymous, name, values, report)
    else if (plan === undefined) report(`plans.${name}`, `no such plan; expected ${PLAN_NAMES.join(', ')} or anonymous`)
    else plans[plan] = readPlan(PLAN_SETTINGS, plans[plan], name, values, report)
  }
  return plans
}

function readPlan<P extends object> (
  table: Table<P>, fallback: P, name: string, sent: unknown, report: (path: string, problem: string) => void
): P {
  if (sent === '') return fallback
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) {
    report(`plans.${name}`, 'expected the settings of a plan')
    return fallback
  }
  const known: ReadonlyMap<string, { kind: Kind<unknown> }> = new Map(Object.entries(table))
  const plan = new Map<string, unknown>(Object.entries(fallback))
  for (const [key, text] of Object.entries(sent)) {
    const setting = [...known.keys()].find(candidate => keyOf(candidate) === key)
    const path = `plans.${name}.${key}`
    if (setting === undefined) {
      report(path, `no such setting; expected ${[...known.keys()].map(keyOf).join(', ')}`)
      continue
    }
    try {
      plan.set(setting, known.get(setting)?.kind.read(String(text).trim()))
    } catch (error) {
      report(path, `${reasonOf(error)}, got ${JSON.stringify(text)}`)
    }
  }
  return Object.fromEntries(plan) as P
}
