/** What a compose file says, read as `docker compose` reads it; there is no container engine where the tests run. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { ROOT } from './cli-process.ts'

export interface ComposeService {
  readonly image?: string
  readonly build?: string
  readonly command?: string
  readonly entrypoint?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test: readonly string[], readonly interval: string, readonly timeout: string }
  readonly logging?: { readonly driver: string, readonly options: Readonly<Record<string, string>> }
  readonly configs?: ReadonlyArray<{ readonly source: string, readonly target: string }>
  readonly restart?: string
  readonly stop_grace_period?: string
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly volumes: Readonly<Record<string, unknown>>
  readonly configs: Readonly<Record<string, { readonly content: string }>>
}

/** `variables` are those of whoever starts it: `${NAME:?why}` throws why without one, `${NAME:-default}` has one, `$$` is a dollar. */
export async function readCompose (name: string, variables: Readonly<Record<string, string>>): Promise<ComposeFile> {
  const text = await readFile(join(ROOT, name), 'utf8')
  return parse(text.replace(/\$(?:\$|\{(\w+):([?-])([^}]*)\})/g, (_, variable?: string, sign?: string, otherwise: string = ''): string => {
    if (variable === undefined) return '$'
    const value = variables[variable] || (sign === '-' ? otherwise : undefined)
    if (!value) throw new Error(`${variable}: ${otherwise}`)
    return value
  }), { merge: true }) as ComposeFile
}
