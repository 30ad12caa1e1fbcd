/** Which parts of the API a client used. */
import { parametersOf } from '../../api/describe.ts'
import { METHODS } from '../../api/registry.ts'
import { UPLOAD_FIELDS } from '../../api/upload-documents.ts'
import type { JudgeReport } from './judge-report.ts'
import type { Seen } from './seen.ts'

/** Versions are text from clients: more are not counted. */
const MAX_VERSIONS = 20

export function createCoverage () {
  const methods = new Map(METHODS.map(method => [method.name, { calls: 0, used: new Set<string>(), parameters: parametersOf(method) }]))
  const fields = new Set<string>()
  const versions = new Map<string, number>()

  return {
    see ({ entry, params }: Seen): void {
      if (entry.phase === 'upload') {
        for (const { name } of UPLOAD_FIELDS) if (params.has(name.toLowerCase())) fields.add(name)
        if (entry.request.files.some(({ field }) => field.startsWith('userfile'))) fields.add('userfile')
      }
      const known = methods.get(entry.method ?? '')
      if (known === undefined) return
      known.calls++
      for (const [name, { alias }] of Object.entries(known.parameters)) if (params.has(name) || (alias !== undefined && params.has(alias))) known.used.add(name)
      const version = Object.hasOwn(known.parameters, 'api_version') ? params.get('api_version')?.slice(0, 20) : undefined
      if (version !== undefined && (versions.has(version) || versions.size < MAX_VERSIONS)) versions.set(version, (versions.get(version) ?? 0) + 1)
    },

    report (): Pick<JudgeReport, 'methods' | 'parameters' | 'uploadFields' | 'versions'> {
      const each = [...methods].map(([method, { calls, used, parameters }]) => ({ method, calls, used: [...used], unused: Object.keys(parameters).filter(name => !used.has(name)) }))
      const names = UPLOAD_FIELDS.map(({ name }) => name)
      return {
        methods: { used: each.filter(({ calls }) => calls > 0).length, all: each.length, each },
        parameters: { used: each.reduce((sum, { used }) => sum + used.length, 0), all: each.reduce((sum, { used, unused }) => sum + used.length + unused.length, 0) },
        uploadFields: { used: fields.size, all: names.length, each: names.filter(name => fields.has(name)), unused: names.filter(name => !fields.has(name)) },
        versions: Object.fromEntries(versions)
      }
    }
  }
}
