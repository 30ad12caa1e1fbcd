/** The journal by control calls. */
import { ControlProblem } from '../control-problem.ts'
import { writeHar } from '../journal/har.ts'
import { findEntries, readExpectation, readJournalQuery, readWait, verifyCount, waitForEntries } from '../journal/journal-query.ts'
import { list, object, text, whole } from './answer-shape.ts'
import { defineCall } from './control-call.ts'
import { HAR } from './har-shape.ts'
import { ENTRY } from './journal-shapes.ts'

const ENTRIES = object({ entries: list(ENTRY), dropped: whole }, 'Entries')

export const FIND_ENTRIES = defineCall({
  name: 'findEntries',
  verb: 'POST',
  path: '/journal/find',
  answer: ENTRIES,
  about: 'Finds the exchanges that match.',
  body: { read: readJournalQuery, example: { method: 'files.delete' } },
  handle: ({ body, server: { journal } }) => ({ entries: findEntries(body, journal), dropped: journal.dropped() })
})

export const COUNT_ENTRIES = defineCall({
  name: 'countEntries',
  verb: 'POST',
  path: '/journal/count',
  answer: object({ count: whole, dropped: whole }),
  about: 'Counts the exchanges that match.',
  body: { read: readJournalQuery, example: { method: 'files.delete', params: { file_id: 'abc123' } } },
  handle: ({ body, server: { journal } }) => ({ count: findEntries(body, journal).length, dropped: journal.dropped() })
})

export const VERIFY_ENTRIES = defineCall({
  name: 'verifyEntries',
  verb: 'POST',
  path: '/journal/verify',
  answer: object({ count: whole, sentence: text }),
  about: 'Checks that as many exchanges match as expected; answers 406 with an explanation otherwise.',
  body: { read: readExpectation, example: { method: 'files.delete', times: 1 } },
  failures: [406],
  handle ({ body, server: { journal } }) {
    const { isMet, count, sentence } = verifyCount(body, journal)
    if (!isMet) throw new ControlProblem(406, sentence, 'GET /journal shows all exchanges')
    return { count, sentence }
  }
})

export const WAIT_FOR_ENTRIES = defineCall({
  name: 'waitForEntries',
  verb: 'POST',
  path: '/journal/wait',
  answer: ENTRIES,
  about: 'Answers as soon as enough exchanges match; answers 408 after a timeout.',
  body: { read: readWait, example: { method: 'files.delete', count: 1, timeoutMs: 5000 } },
  failures: [408],
  async handle ({ body, server: { journal } }) {
    const { isReached, entries, sentence } = await waitForEntries(body, journal)
    if (!isReached) throw new ControlProblem(408, sentence, 'give more timeoutMs, or see GET /journal for what came instead')
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
    about: 'Lists the exchanges that are kept, and how many older ones were dropped.',
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
  WAIT_FOR_ENTRIES,
  WRITE_HAR,
  defineCall({
    name: 'listLint',
    verb: 'GET',
    path: '/journal/lint',
    answer: list(text),
    about: 'Lists what clients did against the guide, each once.',
    handle: ({ server }) => server.journal.listLint()
  })
]
