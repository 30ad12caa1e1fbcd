/** A second implementation, written only from the guide: the kit finds each of its mistakes, and its correct parts pass. */
// Runs on SQLite only.
import t from 'tap'
import { check } from '../../src/check-contract.ts'
import { startNaive } from './naive.ts'

/** Each mistake, and the check that finds it. */
const MISTAKES: Readonly<Record<string, readonly string[]>> = {
  'quotes in names are not escaped': ['answers/escape-attribute'],
  'ranges and HEAD are not known': ['download/range'],
  'an empty value counts as there': ['files.getInfo/4-file_id-empty', 'files.getInfo/3-empty'],
  "the echo is the method's own spelling": ['files.getInfo/echo', 'folders.getAll/echo'],
  'attributes that are not set are left out': ['files.getInfo/file@', 'files.getInfo/after-upload'],
  'the membership is written in small letters': ['auth.login/membership_type'],
  'links of folders are empty': ['folders.getAll/folder@public_url'],
  'a token is a session that is not known': ['files.getInfo/7-token', 'codes/7'],
  'ids are not repeated after an error': ['files.getInfo/9-file_id', 'answers/ids-after-error'],
  'what is empty is not cleared': ['files.setInfo/clear-description'],
  'a folder that is not empty is deleted': ['folders.delete/with-file', 'codes/14'],
  'passwords are dropped': ['upload/fields-before', 'files.setInfo/password'],
  'redirects are not known': ['upload/redirect'],
  'foreign links are files that are not there': ['codes/26'],
  'progress is not known': ['progress/elements']
}
const RIGHT = [
  'auth.createToken/answers', 'auth.login/formula', 'files.getInfo/9-file_id', 'files.delete/answers', 'folders.getInfo/answers', 'upload/post', 'codes/1', 'codes/2', 'codes/9',
  'codes/10', 'ids/file', 'ids/session'
].filter(id => !Object.values(MISTAKES).flat().includes(id))

t.test('each mistake fails a check, and correct parts pass', { timeout: 180_000 }, async t => {
  const url = await startNaive(t)
  const known = {
    versions: ['1.0' as const],
    accounts: { main: { user: 'alice', password: 'secret1' } },
    features: { sharing: false, addressbook: false, mail: false, pages: false, anonymous: false, register: false, proxyMode: false }
  }
  const only = [...Object.values(MISTAKES).flat(), ...RIGHT]
  const { outcome, results } = await check({ url, profile: 'respace', known, only })
  const verdicts = new Map(results.checks.map(({ check: { id }, verdict }) => [id, verdict]))
  for (const [mistake, ids] of Object.entries(MISTAKES)) {
    for (const id of ids) t.ok(['fail', 'warn', 'note'].includes(verdicts.get(id) ?? ''), `${mistake}: ${id} is ${verdicts.get(id) ?? 'not there'}`)
  }
  for (const id of RIGHT) t.equal(verdicts.get(id), 'pass', id)
  t.equal(outcome.exitCode, 1, outcome.line)
})
