/** Versions of the API: 1.0 is the guide, the others were observed in clients. `1` means 1.0. */
export const API_VERSIONS = ['1.0', '1.1', '1.2'] as const
export type ApiVersion = typeof API_VERSIONS[number]

export function readApiVersion (text: string): ApiVersion | undefined {
  return text === '1' ? '1.0' : API_VERSIONS.find(version => version === text)
}
