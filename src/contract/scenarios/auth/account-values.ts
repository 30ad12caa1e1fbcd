/** Contract, values: memberships, their end, and numbers that clients read as 32 bits. */
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { mainAccount, tryLogin } from '../../steps/login.ts'
import { countIn, textIn, valueIn } from '../../client/reply-values.ts'
import { requireOk } from '../../run/run-context.ts'

const DAY = 24 * 60 * 60
const YEAR = 366 * DAY
const MOST_32_BIT = 2 ** 31 - 1
/** JavaScript and most scripts count exactly only below this number: a larger value can only be a placeholder. */
const NO_SIZE = Number.MAX_SAFE_INTEGER

export const accountValueScenarios: readonly Scenario[] = [{
  name: 'values/membership',
  needs: ['account'],
  checks: [
    declare('values/membership-known', 'must', 'guide', 'membership_type is pro, max or lite, whatever its case'),
    declare('values/membership-capital', 'must', 'observed', 'membership_type is written Lite, Pro or Max')
  ],
  async play (stage) {
    const account = mainAccount(stage)
    const reply = requireOk('auth.login', await tryLogin(stage, account))
    const type = textIn(reply, 'membership_type')
    stage.judge('values/membership-known', /^(?:lite|pro|max)$/i.test(type), { expected: 'lite, pro or max', got: type, on: reply })
    stage.judge('values/membership-capital', /^(?:Lite|Pro|Max)$/.test(type), { expected: 'Lite, Pro or Max', got: type, on: reply })
  }
}, {
  name: 'values/never-ends',
  needs: ['state:endless'],
  checks: [
    declare('values/never-ends-1.0', 'must', 'observed', 'a membership that never ends has membership_ends 2147483647', { until: '1.1' }),
    declare('values/never-ends-later', 'must', 'observed', 'a membership that never ends has membership_ends -1', { since: '1.1' })
  ],
  async play (stage) {
    await stage.inState('endless', async account => {
      const reply = requireOk('auth.login', await tryLogin(stage, account))
      const ends = textIn(reply, 'membership_ends')
      stage.judge('values/never-ends-1.0', ends === '2147483647', { expected: '2147483647', got: ends, on: reply })
      stage.judge('values/never-ends-later', ends === '-1', { expected: '-1', got: ends, on: reply })
    })
  }
}, {
  name: 'values/membership-over',
  needs: ['state:membership-over'],
  checks: [declare('values/over', 'must', 'observed', 'an expired membership has membership_ends 0')],
  async play (stage) {
    await stage.inState('membership-over', async account => {
      const reply = requireOk('auth.login', await tryLogin(stage, account))
      const ends = textIn(reply, 'membership_ends')
      stage.judge('values/over', ends === '0', { expected: '0', got: ends, on: reply })
    })
  }
}, {
  name: 'values/membership-dated',
  needs: ['state:membership-dated'],
  checks: [declare('values/ends-at', 'should', 'guide', 'membership_ends is the Unix time, in seconds, at which a membership ends')],
  async play (stage) {
    await stage.inState('membership-dated', async account => {
      const reply = requireOk('auth.login', await tryLogin(stage, account))
      const ends = textIn(reply, 'membership_ends')
      const left = countIn(ends) - Date.now() / 1000
      // The state ends within a year; the clock of a test may be slightly off.
      stage.judge('values/ends-at', left > -2 * DAY && left < YEAR + 2 * DAY, { expected: 'Unix seconds of a moment within a year', got: ends, on: reply })
    })
  }
}, {
  name: 'values/unlimited',
  needs: ['account'],
  checks: [declare('values/unlimited', 'must', 'guide', 'an unlimited value is -1, never a large number')],
  async play (stage) {
    const { main, other } = stage.context.target.accounts
    for (const account of [main, other]) {
      if (account === undefined) continue
      const reply = requireOk('auth.login', await tryLogin(stage, account))
      const asked = await stage.call('upload.getInfo', { session_key: textIn(reply, 'session_key') })
      const found = [textIn(reply, 'bandwidth_left'), textIn(reply, 'diskspace_left'), ...asked.code === 0 ? [valueIn(asked, 'upload', 'max_file_size')] : []]
      const odd = found.find(text => text !== '-1' && !(countIn(text) < NO_SIZE))
      stage.judge('values/unlimited', odd === undefined, { expected: '-1, or a size that can be', got: odd ?? found.join(', '), on: asked.code === 0 ? [reply, asked] : reply })
    }
  }
}, {
  name: 'values/32-bit-lite',
  needs: ['state:lite'],
  checks: [declare('values/32-bit-lite', 'must', 'observed', 'bandwidth_left, diskspace_left and max_file_size of a Lite account fit 32 bits')],
  async play (stage) {
    await stage.inState('lite', async account => {
      const reply = requireOk('auth.login', await tryLogin(stage, account))
      const asked = requireOk('upload.getInfo', await stage.call('upload.getInfo', { session_key: textIn(reply, 'session_key') }))
      const found = [textIn(reply, 'bandwidth_left'), textIn(reply, 'diskspace_left'), valueIn(asked, 'upload', 'max_file_size')]
      stage.judge('values/32-bit-lite', found.every(fits32Bits), { expected: '-1, or 2147483647 at most', got: found.join(', '), on: [reply, asked] })
    })
  }
}, {
  name: 'values/32-bit-anonymous',
  needs: ['feature:anonymous'],
  checks: [declare('values/32-bit-anonymous', 'must', 'observed', 'max_file_size without an account fits 32 bits')],
  async play (stage) {
    const asked = requireOk('anonymous.uploadGetInfo', await stage.call('anonymous.uploadGetInfo', { api_key: stage.context.target.apiKey, api_version: stage.version }))
    const size = valueIn(asked, 'upload', 'max_file_size')
    stage.judge('values/32-bit-anonymous', fits32Bits(size), { expected: '-1, or 2147483647 at most', got: size, on: asked })
  }
}]

const fits32Bits = (text: string): boolean => text === '-1' || countIn(text) <= MOST_32_BIT
