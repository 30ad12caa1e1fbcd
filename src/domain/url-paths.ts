/** The paths that programs, links and mails lead to, as routes declare them, and how each is read back. */

export const PATHS = {
  rest: '/rest',
  upload: '/apiupload',
  progress: '/progressapiupload.html',
  uploadForm: '/upload',
  text: '/text',
  uploadWithKey: '/upload/key',
  tus: '/tus',
  tusUpload: '/tus/:id',
  fileRequest: '/request/:id',
  fileRequestTus: '/request/:id/tus',
  directLink: '/dl/:signature/:payload/:id/*',
  viewLink: '/view/:signature/:payload/:id/*',
  proLink: '/pro/dl/:id',
  filePage: '/file/:id',
  qrCode: '/file/:id/qr.svg',
  thumbnail: '/file/:id/thumbnail',
  deletePage: '/delete/:id/:code',
  editPage: '/edit/:id/:code',
  bundles: '/bundle',
  bundlePage: '/bundle/:id/:code',
  setUp: '/setup/:code',
  register: '/register',
  forgotten: '/password',
  newPassword: '/password/:code'
} as const

/** The values in a path by their names in the pattern, undefined when the path is another one. `*` at the end of a pattern is any rest. */
export function readPath (pattern: string, path: string): ReadonlyMap<string, string> | undefined {
  const [wanted, given] = [pattern.split('/'), path.split('/')]
  const hasRest = wanted.at(-1) === '*'
  if (hasRest ? given.length < wanted.length : given.length !== wanted.length) return undefined
  const values = new Map<string, string>()
  for (const [i, segment] of wanted.entries()) {
    const value = given[i] ?? ''
    if (segment.startsWith(':') && value !== '') values.set(segment.slice(1), value)
    else if (segment !== value && !(hasRest && segment === '*')) return undefined
  }
  return values
}

/** Whether a path is below the fixed beginning of a pattern, whatever follows. */
export const isBelow = (pattern: string, path: string): boolean => path.startsWith(fixedStartOf(pattern))

/** The beginning that all paths of a pattern share: `/file/` of `/file/:id`. */
export const fixedStartOf = (pattern: string): string => pattern.split(':')[0] ?? pattern

const SHORT_ID = '[a-z0-9]{6}'

/** Secrets in paths, wherever these stand in a text: what comes before the secret, and the secret itself. */
export const SECRETS_IN_PATHS: readonly RegExp[] = [
  secretIn(PATHS.deletePage, 'code', '[0-9a-f]{32}'),
  secretIn(PATHS.editPage, 'code', '[0-9a-f]{32}'),
  secretIn(PATHS.bundlePage, 'code', '[0-9a-f]{32}'),
  secretIn(PATHS.directLink, 'signature', '[0-9a-f]{32}(?=/)'),
  secretIn(PATHS.viewLink, 'signature', '[0-9a-f]{32}(?=/)'),
  secretIn(PATHS.tusUpload, 'id', '[0-9a-f]{24}(?![0-9a-f])'),
  secretIn(PATHS.fileRequest, 'id', '[a-z0-9]{32}(?![a-z0-9])'),
  secretIn(PATHS.setUp, 'code', '[a-z0-9]{32}(?![a-z0-9])'),
  secretIn(PATHS.newPassword, 'code', '\\d+-\\d+-[0-9a-f]{32}(?![0-9a-f])')
]

function secretIn (pattern: string, name: string, shape: string): RegExp {
  const before = pattern.slice(0, pattern.indexOf(`:${name}`)).replace(':id', SHORT_ID)
  return new RegExp(`(${before})(${shape})`, 'g')
}
