/** Contract, auth.register: which parameters create an account, and the answer for each broken rule. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { tryLogin } from '../../steps/login.ts'
import { readMails } from '../../target/mailbox.ts'
import { judgeRefusal } from '../../steps/refusal.ts'
import { newName, openAccount, PASSWORD, register, registration } from '../../steps/registration.ts'
import { summaryOf, type Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import { requireOk, type Params } from '../../run/run-context.ts'

/** There are few names of three characters: one may be taken. */
const TRIES = 5
/** A mail has more words than that, but a server may limit wrong passwords. */
const MOST_WORDS = 12

export const registerScenarios: readonly Scenario[] = [{
  name: 'auth.register/taken',
  needs: ['register'],
  checks: [
    declare('auth.register/opens', 'must', 'guide', 'status ok, and the new account can log in'),
    declare('auth.register/name-taken', 'must', 'guide', 'a user name in use is 27'),
    declare('auth.register/name-taken-case', 'should', 'choice', 'a user name in use is 27 in any case'),
    declare('auth.register/email-taken', 'should', 'choice', 'an address in use is 27'),
    declare('auth.register/email', 'must', 'guide', 'x@y is no address: 27'),
    declare('auth.register/full-name-letters', 'must', 'guide', 'a full name with a digit is 27'),
    declare('auth.register/password-4-20', 'must', 'guide', 'passwords of 4 and 20 characters pass, of 3 and 21 they are 27'),
    declare('auth.register/reason', 'must', 'guide', 'the sentence of 27 names the broken rule: another for name, full name, address and password')
  ],
  async play (stage) {
    const good = registration(stage)
    const { user_name: user = '', email = '' } = good
    const control = await openAccount(stage, good)
    const login = await tryLogin(stage, { user, password: PASSWORD })
    stage.judge('auth.register/opens', control.code === 0 && login.code === 0, { expected: 'status ok, and a login', got: control.code === 0 ? `a login: ${summaryOf(login)}` : summaryOf(control), on: [control, login] })
    const refused = async (id: string, given: Params): Promise<Reply> => {
      const reply = await register(stage, given)
      judgeRefusal(stage, id, { control, reply, code: 27 })
      return reply
    }
    const reasons = [
      await refused('auth.register/name-taken', { user_name: user }),
      await refused('auth.register/email', { email: 'x@y' }),
      await refused('auth.register/full-name-letters', { full_name: 'Contract 1 Check' }),
      await refused('auth.register/password-4-20', { password: '123' })
    ]
    await refused('auth.register/password-4-20', { password: '1'.repeat(21) })
    await refused('auth.register/name-taken-case', { user_name: user.toUpperCase() })
    await refused('auth.register/email-taken', { email })
    for (const password of ['x7q2', 'x7q2m9k4b1v8c3z5w6t0']) {
      const reply = await register(stage, { password })
      stage.judge('auth.register/password-4-20', reply.code === 0, { expected: `${password.length} characters are accepted`, on: reply })
    }
    const texts = reasons.map(({ error }) => error?.attributes.text ?? '')
    if (reasons.some(({ code }) => code !== 27)) stage.leave('auth.register/reason', 'not all of the four rules are answered with 27', reasons.map(({ exchange }) => exchange))
    else stage.judge('auth.register/reason', new Set(texts).size === texts.length && texts.every(text => text !== ''), { expected: 'four sentences', got: texts.join(' | '), on: reasons })
  }
}, {
  name: 'auth.register/of-the-guide',
  needs: ['register'],
  checks: [
    declare('auth.register/name-3-20', 'must', 'guide', 'user names of 3 and 20 characters pass, of 2 and 21 they are 27', { until: '1.1' }),
    declare('auth.register/name-letters', 'must', 'guide', 'a user name with _ is 27', { until: '1.1' }),
    declare('auth.register/full-name-3-20', 'must', 'guide', 'full names of 3 and 20 letters pass, of 2 and 21 they are 27', { until: '1.1' })
  ],
  async play (stage) {
    const control = await register(stage)
    let shortest = await register(stage, { user_name: newName(3) })
    for (let i = 1; i < TRIES && shortest.code === 27; i++) shortest = await register(stage, { user_name: newName(3) })
    stage.judge('auth.register/name-3-20', shortest.code === 0, { expected: '3 characters are accepted', on: shortest })
    const longest = await register(stage, { user_name: newName(20) })
    stage.judge('auth.register/name-3-20', longest.code === 0, { expected: '20 characters are accepted', on: longest })
    for (const length of [2, 21]) judgeRefusal(stage, 'auth.register/name-3-20', { control, reply: await register(stage, { user_name: newName(length) }), code: 27 })
    judgeRefusal(stage, 'auth.register/name-letters', { control, reply: await register(stage, { user_name: `a_b${newName(6)}` }), code: 27 })
    await judgeFullNames(stage, 'auth.register/full-name-3-20', control, { pass: [3, 20], refused: [2, 21] })
  }
}, {
  name: 'auth.register/later',
  needs: ['register'],
  checks: [
    declare('auth.register/full-name-100', 'should', 'observed', 'full names of 100 letters pass, of 101 they are 27', { since: '1.1' }),
    declare('auth.register/without-name', 'should', 'observed', 'user_name may be left out; the address logs in', { since: '1.1' })
  ],
  async play (stage) {
    const control = await register(stage)
    await judgeFullNames(stage, 'auth.register/full-name-100', control, { pass: [100], refused: [101] })
    const nameless = registration(stage, { user_name: undefined })
    const reply = await openAccount(stage, nameless)
    const login = await tryLogin(stage, { user: nameless.email ?? '', password: PASSWORD })
    stage.judge('auth.register/without-name', reply.code === 0 && login.code === 0, { expected: 'status ok, and a login by the address', got: reply.code === 0 ? `a login: ${summaryOf(login)}` : summaryOf(reply), on: [reply, login] })
  }
}, {
  name: 'auth.register/password-made',
  needs: ['register', 'mail'],
  checks: [declare('auth.register/password-made', 'must', 'guide', 'without a password an account is made, and the password that is mailed logs in')],
  async play (stage) {
    const email = stage.context.recipient()
    const good = registration(stage, { email, password: undefined })
    const { user_name: user = '' } = good
    const reply = await openAccount(stage, good)
    if (reply.code !== 0) {
      stage.judge('auth.register/password-made', false, { expected: 'status ok', on: reply })
      return
    }
    const text = (await readMails(stage.context, email)).map(mail => mail.text).join('\n')
    let login: Reply | undefined
    for (const password of passwordsIn(text)) {
      login = await tryLogin(stage, { user, password })
      if (login.code === 0) break
    }
    stage.judge('auth.register/password-made', login?.code === 0, {
      expected: 'a mail with the password', got: text === '' ? 'no mail' : login === undefined ? 'a mail without a word that could be it' : summaryOf(login), on: login === undefined ? reply : [reply, login]
    })
  }
}, {
  name: 'auth.register/closed',
  needs: ['register', 'state:registration-closed'],
  checks: [declare('auth.register/closed', 'should', 'choice', 'closed registration is 11')],
  async play (stage) {
    const control = requireOk('auth.register', await register(stage))
    await stage.inState('registration-closed', async () => {
      judgeRefusal(stage, 'auth.register/closed', { control, reply: await register(stage), code: 11 })
    })
  }
}]

async function judgeFullNames (stage: Stage, id: string, control: Reply, { pass, refused }: { readonly pass: readonly number[], readonly refused: readonly number[] }): Promise<void> {
  for (const length of pass) {
    const reply = await register(stage, { full_name: 'x'.repeat(length) })
    stage.judge(id, reply.code === 0, { expected: `${length} letters are accepted`, on: reply })
  }
  for (const length of refused) judgeRefusal(stage, id, { control, reply: await register(stage, { full_name: 'x'.repeat(length) }), code: 27 })
}

/** Candidates for the password; those after the word "password" come first. */
function passwordsIn (text: string): readonly string[] {
  const named = [...text.matchAll(/password\W*?[:=]?\s+(\S{4,20})(?=\s|$)/gi)].map(([, word = '']) => word)
  const others = text.split(/\s+/).filter(word => /^[^\s:/@]{4,20}$/.test(word) && /[a-z]/i.test(word))
  // A generated password has digits, or capitals after its first letter.
  const likely = others.filter(word => /\d|.[A-Z]/.test(word))
  return [...new Set([...named, ...likely, ...others])].slice(0, MOST_WORDS)
}
