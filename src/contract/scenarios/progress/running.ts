/** Contract, section 4: progress while an upload runs. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Actor, Ticket } from '../../run/actor.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { textOf as bodyOf } from '../../client/exchange.ts'
import { isZero, progressUntil, seeProgress, told, type Progress } from '../../steps/upload-progress.ts'
import { startUpload, type SlowUpload } from '../../steps/slow-upload.ts'
import type { Stage } from '../../run/stage.ts'

const SIZE = 400_000
/** Steps of the body with a pause after each: slow enough to measure a speed, and steady. */
const STEPS = 20
const PAUSE = 60
/** Fewer steps are too few to measure a speed. */
const STEADY = 8

interface Sample extends Progress {
  /** The real speed so far, in kilobits a second. */
  readonly sentSpeed: number
}

export const progressRunningScenarios: readonly Scenario[] = [{
  name: 'progress/running',
  needs: ['account'],
  checks: [
    declare('progress/waiting', 'must', 'observed', 'before the upload the status is ok, and zeros'),
    declare('progress/running', 'must', 'guide', 'during the upload the status is ok, uploaded_bytes grows, and total_size is that of the body'),
    declare('progress/done', 'must', 'guide', 'after the upload the status is done, meter 100, and uploaded_bytes is total_size'),
    declare('progress/failed', 'must', 'guide', 'when the connection breaks off the status is fail'),
    declare('progress/never-back', 'must', 'choice', 'uploaded_bytes never decreases and never exceeds total_size'),
    declare('progress/hundred-only-done', 'must', 'choice', 'meter is 100 only when the status is done'),
    declare('progress/kilobits', 'should', 'guide', 'speed is in kilobits a second'),
    declare('progress/clock', 'must', 'guide', 'eta and elapsed are HH:MM:SS'),
    declare('progress/no-names', 'must', 'choice', 'progress contains neither the name of the file nor of the user')
  ],
  async play (stage) {
    const actor = await stage.main()
    const ticket = await actor.ticket()
    const name = `named-${stage.context.run}.bin`
    const waiting = await seeProgress(stage, ticket.progressUrl)
    stage.judge('progress/waiting', waiting.status === 'ok' && isZero(waiting), { expected: 'ok and zeros', got: told(waiting), on: waiting.exchange })

    const upload = await startUpload(stage, ticket, { name, size: SIZE, folder: await actor.home(), key: actor.key })
    const samples = await sendSteadily(stage, ticket, upload)
    upload.sendTo(upload.total - 1)
    // All but one byte: a server that rounds shows 100 now.
    samples.push(await sample(stage, ticket, upload, upload.total - 1, ({ uploaded }) => uploaded >= upload.total - 1))
    const running = samples.filter(({ uploaded }) => uploaded > 0)
    const sizes = new Set(running.map(({ uploaded }) => uploaded))
    const wrong = samples.find(({ status, uploaded, total }) => status !== 'ok' || (uploaded > 0 && total !== upload.total))
    stage.judge('progress/running', sizes.size >= 3 && wrong === undefined, {
      expected: `ok, growing, of ${upload.total} bytes`, got: wrong === undefined ? `${sizes.size} different uploaded_bytes` : told(wrong), on: samples.map(each => each.exchange)
    })
    judgeSpeed(stage, running.slice(STEADY))

    const answer = await upload.finish()
    const done = await progressUntil(stage, ticket.progressUrl, ({ status }) => status !== 'ok')
    if (answer?.body.toString().startsWith('upload_status=ok') === true) {
      stage.judge('progress/done', done.status === 'done' && done.meter === 100 && done.uploaded === done.total && done.total > 0, {
        expected: 'done, all bytes, meter 100', got: told(done), on: done.exchange
      })
    } else {
      stage.leave('progress/done', 'the upload failed', [done.exchange])
    }
    judgeSteps(stage, [...samples, done])
    judgeForm(stage, [waiting, ...samples, done], [name, actor.account.user])
    await judgeCut(stage, actor)
  }
}, {
  name: 'progress/no-length',
  needs: ['account'],
  checks: [declare('progress/no-length', 'should', 'choice', 'without a Content-Length total_size is uploaded_bytes, and meter is 0 until the upload is done')],
  async play (stage) {
    const actor = await stage.main()
    const ticket = await actor.ticket()
    const upload = await startUpload(stage, ticket, { size: SIZE, folder: await actor.home(), key: actor.key, isChunked: true })
    upload.sendTo(SIZE / 2)
    const half = await progressUntil(stage, ticket.progressUrl, ({ uploaded, status }) => uploaded > 0 || status !== 'ok')
    await upload.finish()
    const done = await progressUntil(stage, ticket.progressUrl, ({ status }) => status !== 'ok')
    const isRight = half.status === 'ok' && half.uploaded > 0 && half.total === half.uploaded && half.meter === 0 && done.status === 'done' && done.meter === 100
    stage.judge('progress/no-length', isRight, {
      expected: 'ok, as many bytes of as many, meter 0; then done, meter 100', got: `${told(half)}; then ${told(done)}`, on: [half.exchange, done.exchange]
    })
  }
}]

async function sendSteadily (stage: Stage, ticket: Ticket, upload: SlowUpload): Promise<Sample[]> {
  const samples: Sample[] = []
  for (let step = 1; step < STEPS; step++) {
    const sent = Math.round(upload.total * step / STEPS)
    upload.sendTo(sent)
    await wait(PAUSE)
    samples.push(await sample(stage, ticket, upload, sent))
  }
  return samples
}

async function sample (stage: Stage, { progressUrl }: Ticket, { began }: SlowUpload, sent: number, isWanted: (progress: Progress) => boolean = () => true): Promise<Sample> {
  const progress = await progressUntil(stage, progressUrl, isWanted)
  return { ...progress, sentSpeed: sent * 8 / (performance.now() - began) }
}

/** One correct sample is enough: kilobytes or bits are never within a third of it, but on a slow machine some samples may be wrong. */
function judgeSpeed (stage: Stage, samples: readonly Sample[]): void {
  const isNear = samples.some(({ speed, sentSpeed }) => Math.abs(speed - sentSpeed) <= 0.3 * sentSpeed)
  const last = samples.at(-1)
  stage.judge('progress/kilobits', isNear, {
    expected: `about ${Math.round(last?.sentSpeed ?? 0)} kilobits a second`, got: samples.map(({ speed }) => speed).join(), on: samples.map(({ exchange }) => exchange)
  })
}

function judgeSteps (stage: Stage, samples: readonly Progress[]): void {
  const back = samples.find(({ uploaded, total }, i) => !(uploaded <= total) || uploaded < (samples[i - 1]?.uploaded ?? 0))
  stage.judge('progress/never-back', back === undefined, {
    expected: 'never less than before, never more than total_size',
    got: samples.map(({ uploaded, total }) => `${uploaded}/${total}`).join(' '),
    on: samples.map(({ exchange }) => exchange)
  })
  const early = samples.find(({ status, meter }) => (status !== 'done' && !(meter < 100)) || Number.isNaN(meter))
  stage.judge('progress/hundred-only-done', early === undefined, {
    expected: 'meter below 100', got: early === undefined ? '' : told(early), on: samples.map(({ exchange }) => exchange)
  })
}

function judgeForm (stage: Stage, samples: readonly Progress[], names: readonly string[]): void {
  const odd = samples.find(({ eta, elapsed }) => ![eta, elapsed].every(time => /^\d\d:[0-5]\d:[0-5]\d$/.test(time)))
  stage.judge('progress/clock', odd === undefined, {
    expected: 'HH:MM:SS', got: odd === undefined ? '' : `eta ${odd.eta}, elapsed ${odd.elapsed}`, on: samples.map(({ exchange }) => exchange)
  })
  const telling = samples.find(({ exchange }) => names.some(name => bodyOf(exchange).includes(name)))
  stage.judge('progress/no-names', telling === undefined, {
    expected: `neither ${names.join(' nor ')}`, got: telling === undefined ? '' : bodyOf(telling.exchange), on: samples.map(({ exchange }) => exchange)
  })
}

async function judgeCut (stage: Stage, actor: Actor): Promise<void> {
  const ticket = await actor.ticket()
  const upload = await startUpload(stage, ticket, { size: SIZE, folder: await actor.home(), key: actor.key })
  upload.sendTo(upload.total - 1)
  const before = await progressUntil(stage, ticket.progressUrl, ({ uploaded, status }) => uploaded > 0 || status !== 'ok')
  upload.cut()
  const after = await progressUntil(stage, ticket.progressUrl, ({ status }) => status !== 'ok')
  stage.judge('progress/failed', before.status === 'ok' && after.status === 'fail', {
    expected: 'ok, then fail', got: `${before.status}, then ${after.status}`, on: [before.exchange, after.exchange]
  })
  judgeSteps(stage, [before, after])
}
