/** Control calls of the journal. */
import { ControlProblem } from '../control-problem.ts'
import { writeHar } from '../journal/har.ts'
import { countEntries, findEntries } from '../journal/find-entries.ts'
import { readCount, readExpectation, readOrder, readSearch, readWait } from '../journal/journal-query.ts'
import type { Journal } from '../journal/journal.ts'
import { withinTime } from '../journal/time-limit.ts'
import { describeDropped, verifyCount, verifyOrder, waitForEntries, type Verdict } from '../journal/verify.ts'
import { about, list, object, text, whole } from './answer-shape.ts'
import { defineCall } from './control-call.ts'
import { HAR } from './har-shape.ts'
import { ENTRY } from './journal-shapes.ts'

const ENTRIES = object({ entries: list(ENTRY), dropped: whole }, 'Entries')

const VERIFIED = object({ count: whole, sentence: text, ids: about('Ids of the newest entries that matched.', list(whole)) }, 'Verified')

export const FIND_ENTRIES = defineCall({
  name: 'findEntries',
  verb: 'POST',
  path: '/journal/find',
  answer: ENTRIES,
  about: 'Finds the kept exchanges that match, oldest first.',
  body: { read: readSearch, example: { method: 'files.delete', headers: { 'user-agent': 'MyClient/*' }, last: 10 } },
  handle ({ body: { query, others: { last = Infinity } }, server: { journal } }) {
    const entries = withinTime(() => findEntries(query, journal))
    return { entries: entries.slice(Math.max(0, entries.length - last)), dropped: journal.dropped() }
  }
})

export const COUNT_ENTRIES = defineCall({
  name: 'countEntries',
  verb: 'POST',
  path: '/journal/count',
  answer: object({ count: whole, dropped: whole }),
  about: 'Counts the exchanges that match; answers 406 when too many were dropped to know.',
  body: { read: readCount, example: { method: 'files.delete', params: { file_id: 'abc123' } } },
  failures: [406],
  handle ({ body: { query }, server: { journal } }) {
    const { least, most } = withinTime(() => countEntries(query, journal))
    if (least < most) throw unanswerable(`${least} to ${most} match`, journal)
    return { count: least, dropped: journal.dropped() }
  }
})

export const VERIFY_ENTRIES = defineCall({
  name: 'verifyEntries',
  verb: 'POST',
  path: '/journal/verify',
  answer: VERIFIED,
  about: 'Checks that as many exchanges match as expected; answers 406 with the closest ones otherwise.',
  body: { read: readExpectation, example: { method: 'files.delete', times: 1 } },
  failures: [406],
  handle: ({ body, server: { journal } }) => answerOf(withinTime(() => verifyCount(body, journal)), journal)
})

export const VERIFY_ORDER = defineCall({
  name: 'verifyOrder',
  verb: 'POST',
  path: '/journal/verify-order',
  answer: VERIFIED,
  about: 'Checks that exchanges began in an order; answers 406 with the steps that were met otherwise.',
  body: { read: readOrder, example: { order: [{ code: 6 }, { method: 'auth.createToken' }, { method: 'auth.login' }], gaps: true, among: { phase: 'api' } } },
  failures: [406],
  handle: ({ body, server: { journal } }) => answerOf(withinTime(() => verifyOrder(body, journal)), journal)
})

const MAX_IDS = 100

/** Throws ControlProblem: 406, with the newest matches and near misses. */
function answerOf ({ outcome, sentence, count, matched, closest }: Verdict, journal: Journal) {
  const ids = matched.slice(-MAX_IDS).map(({ id }) => id)
  switch (outcome) {
    case 'met': return { count, sentence, ids }
    case 'failed': throw new ControlProblem(406, sentence, closest.length === 0 ? 'GET /journal shows all exchanges' : 'closest has the closest exchanges with their differences; GET /journal shows all', { count, ids, closest })
    case 'unknown': throw unanswerable(sentence, journal)
  }
}

function unanswerable (sentence: string, journal: Journal): ControlProblem {
  const { detail, hint } = describeDropped(journal)
  return new ControlProblem(406, `${sentence}; ${detail}`, hint)
}

export const WAIT_FOR_ENTRIES = defineCall({
  name: 'waitForEntries',
  verb: 'POST',
  path: '/journal/wait',
  answer: ENTRIES,
  about: 'Answers as soon as enough exchanges match; answers 408 after a timeout.',
  body: { read: readWait, example: { method: 'files.delete', count: 1, timeoutMs: 5000 } },
  failures: [408],
  async handle ({ body: { query, others }, server: { journal } }) {
    const { isReached, entries, sentence } = await waitForEntries(query, others, journal)
    if (!isReached) throw new ControlProblem(408, sentence, 'increase timeoutMs, or see GET /journal for the exchanges')
    return { entries, dropped: journal.dropped() }
  }
})

export const WRITE_HAR = defineCall({
  name: 'getHar',
  verb: 'GET',
  path: '/journal/har',
  answer: HAR,
  about: 'Exports all exchanges as HAR 1.2.',
  handle: ({ server: { journal, version } }) => writeHar(journal, version)
})

export const JOURNAL_CALLS = [
  defineCall({
    name: 'listEntries',
    verb: 'GET',
    path: '/journal',
    answer: ENTRIES,
    about: 'Lists the kept exchanges, and how many older ones were dropped.',
    handle: ({ server: { journal } }) => ({ entries: journal.list(), dropped: journal.dropped() })
  }),
  defineCall({
    name: 'clearJournal',
    verb: 'DELETE',
    path: '/journal',
    about: 'Deletes all exchanges.',
    status: 204,
    handle: ({ server }) => { server.journal.clear() }
  }),
  FIND_ENTRIES,
  COUNT_ENTRIES,
  VERIFY_ENTRIES,
  VERIFY_ORDER,
  WAIT_FOR_ENTRIES,
  WRITE_HAR,
  defineCall({
    name: 'listLint',
    verb: 'GET',
    path: '/journal/lint',
    answer: list(text),
    about: 'Lists what clients did against the guide, each kind once.',
    handle: ({ server }) => server.journal.listLint()
  })
]
