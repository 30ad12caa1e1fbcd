/** The connection breaks, hangs or is slow. */
import { fail, pass, risky, untested, type ClientRun, type Drill, type Opinion } from './drill.ts'
import { judgeRecovery, judgeWork, neverEnded } from './judge-run.ts'
import { beganAt, callsBeforeWork, counted, endedAt, hasChanged, isSuccess, methodsOf, missingWork, ofPhase, sendsGiven, wholeFiles } from './work.ts'

const KiB = 1024
/** Large enough to break in the middle. */
const LARGE = 8 * KiB * KiB
const CUT_AT = 256 * KiB

const NEVER_UPLOADS = 'it never uploads'

const RESET_BEFORE: Drill = {
  id: 'drill/reset-before',
  armed: 'the connection of the first request is reset',
  expected: 'the client retries and completes its work, or exit ≠ 0',
  plan: ({ run: plain }) => [{
    id: 'drill/reset-before',
    arm: ({ faults }) => { faults.add({ times: 1, answer: 'reset' }) },
    judge: run => judgeRecovery(run, plain)
  }]
}

const UPLOAD_CUT: Drill = {
  id: 'drill/upload-cut',
  armed: 'an upload of 8 MB is reset after 256 KiB',
  expected: 'a complete file at the end, or no file and exit ≠ 0',
  plan ({ run: plain }) {
    const uploads = ofPhase(plain, 'upload')
    if (uploads.length === 0) return NEVER_UPLOADS
    const isGiven = sendsGiven(plain)
    const largest = Math.max(0, ...uploads.map(({ request }) => request.size))
    const at = isGiven ? CUT_AT : Math.min(CUT_AT, Math.floor(largest / 2))
    if (at === 0) return 'its uploads are empty'
    return [{
      id: this.id,
      ...isGiven && { file: { size: LARGE } },
      arm: ({ faults }) => { faults.add({ match: { phase: 'upload' }, times: 1, answer: { socket: 'reset', atByte: at, direction: 'up' } }) },
      judge (run) {
        if (!ofPhase(run, 'upload').some(({ fault, state }) => fault !== null && state === 'cut')) return run.exitCode === null ? neverEnded(run) : untested(`no upload was larger than ${at} bytes`)
        if (run.exitCode === null) return neverEnded(run)
        const damaged = run.changes.added.length - wholeFiles(run, plain).length
        if (damaged > 0 && isGiven) return fail(`${counted(damaged, 'file')} without all bytes`)
        const surplus = run.changes.added.length - plain.changes.added.length
        if (surplus > 0) return fail(`${counted(surplus, 'file')} too many`)
        return judgeRecovery(run, plain)
      }
    }]
  }
}

const ANSWER_LOST: Drill = {
  id: 'drill/answer-lost',
  armed: 'an upload is stored, and the connection is reset before its answer',
  expected: 'one file at the end, not two',
  plan ({ run: plain }) {
    if (ofPhase(plain, 'upload').length === 0) return NEVER_UPLOADS
    return [{
      id: this.id,
      arm: ({ faults }) => { faults.add({ match: { phase: 'upload' }, times: 1, effect: 'commit', answer: 'reset' }) },
      judge (run) {
        const lost = ofPhase(run, 'upload').find(({ fault }) => fault !== null)
        if (lost === undefined) return untested('it never uploaded')
        if (run.exitCode === null) return neverEnded(run)
        const surplus = run.changes.added.length - plain.changes.added.length
        if (surplus > 0) return fail(`it uploaded again without a check: ${counted(surplus, 'file')} too many`)
        if (run.exitCode !== 0) return pass(`it gave up with exit ${run.exitCode}, and no file is duplicated`)
        const looked = run.entries.some(entry => entry !== lost && beganAt(entry) >= Math.floor(endedAt(lost)) && !/^auth\./.test(entry.method ?? ''))
        if (!looked) return risky('exit 0 without an answer: it did not check that the file exists')
        return missingWork(run, plain) === undefined || surplus === 0 ? pass('the file is there once') : fail('the file does not exist')
      }
    }]
  }
}

const SLOW: Drill = {
  id: 'drill/slow',
  armed: 'each method waits for 3 s once; uploads and downloads have 50 kB/s',
  expected: 'the client completes its work; exit 0',
  plan ({ run: plain }, { delayMs, bytesPerSecond }) {
    const methods = methodsOf(plain)
    const bytes = [...ofPhase(plain, 'upload').map(({ request }) => request.size), ...ofPhase(plain, 'download').map(({ response }) => response.size)].reduce((sum, size) => sum + size, 0)
    return [{
      id: this.id,
      extraMs: methods.length * delayMs + bytes / bytesPerSecond * 1000,
      arm ({ faults }) {
        for (const method of methods) faults.add({ match: { method }, times: 1, answer: { delayMs } })
        for (const phase of ['upload', 'download'] as const) faults.add({ match: { phase }, answer: { throttle: { up: bytesPerSecond, down: bytesPerSecond } } })
      },
      judge: run => judgeWork(run, plain)
    }]
  }
}

const HANG: Drill = {
  id: 'drill/hang',
  armed: 'a call, an upload or a download is never answered, each in a separate run',
  expected: 'the client times out within --patience',
  plan ({ run: plain }) {
    const phases = (['api', 'upload', 'download'] as const).filter(phase => ofPhase(plain, phase).length > 0)
    return phases.map(phase => ({
      id: `${this.id}/${phase}`,
      // The emulator closes an idle connection.
      excused: ['client.upload/answer-unread', 'client.upload/ticket-shared'],
      arm: ({ faults }) => { faults.add({ match: { phase }, skip: phase === 'api' ? callsBeforeWork(plain) : 0, times: 1, answer: 'hang' }) },
      judge (run): Opinion {
        if (run.exitCode === null) return neverEnded(run)
        const missing = missingWork(run, plain)
        return run.exitCode === 0 && missing !== undefined ? fail(`it reports success without an answer: exit 0, but ${missing}`) : pass(run.exitCode === 0 ? 'it tried again in time' : `it gave up in time: exit ${run.exitCode}`)
      }
    }))
  }
}

const PROGRESS_STUCK: Drill = {
  id: 'drill/progress-stuck',
  armed: 'the progress of an upload never moves',
  expected: 'the upload ends, and so does the polling',
  plan ({ run: plain }, { delayMs }) {
    if (ofPhase(plain, 'upload').length === 0) return NEVER_UPLOADS
    // Takes long enough for a client to ask for its progress.
    const size = Math.max(1, ...ofPhase(plain, 'upload').map(({ request }) => request.size))
    return [{
      id: this.id,
      extraMs: delayMs * ofPhase(plain, 'upload').length,
      arm ({ faults }) {
        faults.add({ match: { phase: 'progress' }, answer: { progress: { never: true } } })
        faults.add({ match: { phase: 'upload' }, answer: { throttle: { up: Math.max(1, Math.floor(size / delayMs * 1000)) } } })
      },
      judge: run => ofPhase(run, 'progress').length === 0 ? untested('it never polled the progress') : judgeStuck(run, plain)
    }]
  }
}

function judgeStuck (run: ClientRun, plain: ClientRun): Opinion {
  if (run.exitCode === null) return fail(`it polled the progress without end (${counted(ofPhase(run, 'progress').length, 'time')})`)
  if (!ofPhase(run, 'upload').some(isSuccess) && !hasChanged(run)) return fail('it aborted a running upload')
  return judgeWork(run, plain)
}

export const CONNECTION_DRILLS: readonly Drill[] = [RESET_BEFORE, UPLOAD_CUT, ANSWER_LOST, SLOW, HANG, PROGRESS_STUCK]
