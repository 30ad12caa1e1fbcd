/** Contract, guesses: after too many wrong passwords all are refused unread, until a pause is over. */
import type { Actor } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { withClock } from '../../target/clock.ts'
import type { Exchange } from '../../client/exchange.ts'
import { linkedFile, statusOf } from '../../steps/file-links.ts'
import { tryLogin } from '../../steps/login.ts'
import { summaryOf, type Reply } from '../../client/reply.ts'
import type { Stage } from '../../run/stage.ts'
import type { Account } from '../../target/target-file.ts'
import type { RunContext } from '../../run/run-context.ts'

/** More wrong passwords than any sensible limit allows from one address. */
const MOST = 30
const PASSWORD = 'sesame'
const INFO = 'too many attempts'

/** Answers to guesses: to wrong passwords until there are too many, then to the right one, also after the pause. */
interface Guessed {
  readonly first: Reply
  readonly limited: Reply
  readonly right: Reply
  readonly after: Reply
}

interface Guesses {
  readonly login: Guessed
  readonly file: Guessed
  /** undefined: the target has no pages. */
  readonly page: { readonly limited: Exchange, readonly after: Exchange } | undefined
}

export const guessScenarios: readonly Scenario[] = [{
  name: 'auth.login/guesses',
  needs: ['account', 'register', 'time'],
  isAlone: true,
  checks: [
    declare('auth.login/guesses', 'should', 'choice', 'after too many wrong passwords auth.login is 8 with the info "too many attempts", until the pause is over'),
    declare('download.getInfo/guesses', 'should', 'choice', 'after too many wrong passwords download.getInfo is 22 with the info "too many attempts", until the pause is over'),
    declare('auth.login/guesses-blind', 'should', 'choice', 'until the pause is over auth.login and download.getInfo refuse the right password, too'),
    declare('links/guesses', 'should', 'choice', 'after too many wrong passwords the page of the file is 429, until the pause is over')
  ],
  async play (stage) {
    const { login, file, page } = await onceInARun(stage)
    judgeGuessed(stage, 'auth.login/guesses', login, 8)
    judgeGuessed(stage, 'download.getInfo/guesses', file, 22)
    for (const { right, limited } of [login, file]) {
      if (infoOf(limited) !== INFO) stage.leave('auth.login/guesses-blind', 'too many wrong passwords are needed first', [limited.exchange])
      else stage.judge('auth.login/guesses-blind', right.code === limited.code && infoOf(right) === INFO, { expected: `error ${limited.code} with "${INFO}"`, on: [limited, right] })
    }
    if (page === undefined) stage.leave('links/guesses', 'the target file declares no pages (features: pages)')
    else stage.judge('links/guesses', statusOf(page.limited) === 429 && statusOf(page.after) > 0 && statusOf(page.after) < 400, { expected: 'HTTP 429, and no more after the pause', got: `HTTP ${statusOf(page.limited)}, then ${statusOf(page.after)}`, on: [page.limited, page.after] })
  }
}]

const infoOf = ({ error }: Reply): string | undefined => error?.attributes.info

function judgeGuessed (stage: Stage, id: string, { first, limited, after }: Guessed, code: number): void {
  const isLimited = limited.code === code && infoOf(limited) === INFO
  stage.judge(id, first.code === code && infoOf(first) !== INFO && isLimited && after.code === 0, {
    expected: `error ${code}, then with "${INFO}", and status ok after the pause`, got: `${summaryOf(first)}, then ${summaryOf(limited)}, then ${summaryOf(after)}`, on: [first, after, limited]
  })
}

/** Answers to wrong passwords are delayed more and more, in the same way in all versions: they are sent once in a run. */
const known = new WeakMap<RunContext, Promise<Guesses>>()

function onceInARun (stage: Stage): Promise<Guesses> {
  const guesses = known.get(stage.context) ?? withClock(stage.context, async clock => {
    const account = await stage.newAccount()
    const [owner, guesser] = [await stage.ownSession(), await stage.ownSession(account)]
    const { id, page } = await linkedFile(owner, {}, { password: PASSWORD })
    const asks = { login: logins(stage, account), file: downloads(guesser, id) }
    await clock.limitAttempts()
    const [login, file] = await Promise.all([guessed(asks.login), guessed(asks.file)])
    const limited = stage.context.target.features.pages ? await onPage(stage, page) : undefined
    // The contract does not say how long the pause is.
    await clock.advance('PT29M')
    return {
      login: { ...login, after: await asks.login(true) },
      file: { ...file, after: await asks.file(true) },
      page: limited && { limited, after: await onPage(stage, page) }
    }
  })
  known.set(stage.context, guesses)
  return guesses
}

type Ask = (isRight: boolean) => Promise<Reply>

const logins = (stage: Stage, account: Account): Ask => async isRight => tryLogin(stage, account, isRight ? {} : { proof: 'f'.repeat(32) })
const downloads = (actor: Actor, id: string): Ask => async isRight => actor.call('download.getInfo', { file_id: id, password: isRight ? PASSWORD : 'wrong' })

async function guessed (ask: Ask): Promise<Omit<Guessed, 'after'>> {
  const first = await ask(false)
  let limited = await ask(false)
  for (let i = 2; i < MOST && infoOf(limited) !== INFO; i++) limited = await ask(false)
  return { first, limited, right: await ask(true) }
}

const onPage = (stage: Stage, url: string): Promise<Exchange> =>
  stage.send({ method: 'POST', url, headers: [['content-type', 'application/x-www-form-urlencoded']], body: Buffer.from(`filepassword=${PASSWORD}`) })
