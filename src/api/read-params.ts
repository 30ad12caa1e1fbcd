import type { ApiVersion } from '../domain/version.ts'
import { refuse } from './errors.ts'
import type { ParamTable, ParamValues, RawParams } from './params.ts'

/** Reads the declared parameters in their order; a mandatory one that is missing or empty is refused with 4. */
export function readParams<P extends ParamTable> (
  declared: P, raw: RawParams, version: ApiVersion, ownUrls: readonly string[]
): ParamValues<P> {
  const values: Record<string, unknown> = {}
  for (const [name, param] of Object.entries(declared)) {
    const sent = raw.get(name) ?? (param.alias === undefined ? undefined : raw.get(param.alias))
    const isMandatory = param.isMandatory || (param.optionalSince !== undefined && version < param.optionalSince)
    if (isMandatory && (sent === undefined || sent === '')) throw refuse('PARAMETER_MISSING', name)
    values[name] = sent === undefined ? undefined : param.kind.read(sent, name, ownUrls)
  }
  return values as ParamValues<P>
}
