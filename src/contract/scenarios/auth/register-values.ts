/** Contract, auth.register: full names in any script, and e-mail addresses as user names. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { newName, register } from '../../steps/registration.ts'
import { judgeRefusal } from '../../steps/refusal.ts'

/** Letters of two UTF-16 units and four UTF-8 bytes each. */
const DESERET = '\u{10428}'

export const registerValueScenarios: readonly Scenario[] = [{
  name: 'auth.register/scripts',
  needs: ['register'],
  checks: [
    declare('auth.register/full-name-scripts', 'should', 'choice', 'full names in any script pass, and one without a letter is 27'),
    declare('auth.register/full-name-points', 'should', 'choice', 'a full name is as long as it has code points'),
    declare('auth.register/email-254', 'should', 'observed', 'an address that is the user name passes with 254 characters, and is 27 with 255', { since: '1.1' })
  ],
  async play (stage) {
    const most = stage.version === '1.0' ? 20 : 100
    const control = await register(stage)
    for (const name of ['Зоя Иванова', '山田 太郎', 'Αλέξης Ζορμπάς']) {
      const reply = await register(stage, { full_name: name })
      stage.judge('auth.register/full-name-scripts', reply.code === 0, { expected: `${name} is accepted`, on: reply })
    }
    judgeRefusal(stage, 'auth.register/full-name-scripts', { control, reply: await register(stage, { full_name: '- . -' }), code: 27 })
    const longest = await register(stage, { full_name: DESERET.repeat(most) })
    stage.judge('auth.register/full-name-points', longest.code === 0, { expected: `${most} letters beyond U+FFFF are accepted`, on: longest })
    judgeRefusal(stage, 'auth.register/full-name-points', { control, reply: await register(stage, { full_name: DESERET.repeat(most + 1) }), code: 27 })
    if (stage.version === '1.0') return
    const nameless = await register(stage, { user_name: undefined, email: addressOf(254) })
    stage.judge('auth.register/email-254', nameless.code === 0, { expected: '254 characters are accepted', on: nameless })
    judgeRefusal(stage, 'auth.register/email-254', { control, reply: await register(stage, { user_name: undefined, email: addressOf(255) }), code: 27 })
  }
}]

/** A new address of this length. */
function addressOf (length: number): string {
  const end = `.${'b'.repeat(60)}.${'c'.repeat(60)}.example.org`
  const local = newName(60)
  return `${local}@${'a'.repeat(length - local.length - 1 - end.length)}${end}`
}
