import { rewriteApi, type Mutant } from '../mutant.ts'

const REFUSED = '<?xml version="1.0" encoding="UTF-8"?>\n<result method="x" status="fail">\n\t<error code="5" text="Unknown or unsupported API version"/>\n</result>\n'

const refuses = (version: string): Mutant => ({
  name: `version ${version} is not known`,
  kills: [`versions/${version}`],
  answer: rewriteApi((text, { query }) => query.get('method') !== 'auth.createToken' && query.get('api_version') === version ? REFUSED : text)
})

export const versionMutants: readonly Mutant[] = [
  refuses('1.0'), refuses('1.1'), refuses('1.2'),
  { name: '1 is no version', kills: ['versions/1'], answer: rewriteApi((text, { query }) => query.get('api_version') === '1' ? REFUSED : text) },
  { name: 'any version', kills: ['versions/unknown'], request ({ query }) { if (query.get('api_version') === '1.3') query.set('api_version', '1.2'); return undefined } },
  { name: 'mails without an account in every version', kills: ['versions/since'], request ({ query }) { if (query.get('method') === 'anonymous.filesSendMail') query.set('api_version', '1.2'); return undefined } },
  { name: 'the version of each call', kills: ['versions/of-token'], answer: rewriteApi((text, { query }) => query.get('method') === 'files.getInfo' && query.has('api_version') ? text.replace(/upload_time="[^"]*"/, 'upload_time="0"') : text) },
  { name: 'one form of time', kills: ['versions/two-at-once', 'versions/of-token'], answer: rewriteApi(text => text.replace(/upload_time="[^"]*"/g, 'upload_time="1700000000"')) },
  { name: 'registration in the last version', kills: ['versions/default'], request ({ query }) { if (query.get('method') === 'auth.register' && !query.has('api_version')) query.set('api_version', '1.2'); return undefined } }
]
