/** The journal by control calls. */
import { ControlProblem } from '../control-problem.ts'
import { writeHar } from '../journal/har.ts'
import { findEntries, readExpectation, readJournalQuery, readWait, verifyCount, waitForEntries } from '../journal/journal-query.ts'
import { defineCall } from './control-call.ts'

export const FIND_ENTRIES = defineCall({
  verb: 'POST',
  path: '/journal/find',
  about: 'Finds the exchanges that match.',
  body: { read: readJournalQuery, example: { method: 'files.delete' } },
  handle: ({ body, server: { journal } }) => ({ entries: findEntries(body, journal), dropped: journal.dropped() })
})

export const COUNT_ENTRIES = defineCall({
  verb: 'POST',
  path: '/journal/count',
  about: 'Counts the exchanges that match.',
  body: { read: readJournalQuery, example: { method: 'files.delete', params: { file_id: 'abc123' } } },
  handle: ({ body, server: { journal } }) => ({ count: findEntries(body, journal).length, dropped: journal.dropped() })
})

export const VERIFY_ENTRIES = defineCall({
  verb: 'POST',
  path: '/journal/verify',
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
  verb: 'POST',
  path: '/journal/wait',
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
  verb: 'GET',
  path: '/journal/har',
  about: 'Exports all exchanges as HAR 1.2.',
  handle: ({ server: { journal, version } }) => writeHar(journal, version)
})

export const JOURNAL_CALLS = [
  defineCall({
    verb: 'GET',
    path: '/journal',
    about: 'Lists the exchanges that are kept, and how many older ones were dropped.',
    handle: ({ server: { journal } }) => ({ entries: journal.list(), dropped: journal.dropped() })
  }),
  defineCall({
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
    verb: 'GET',
    path: '/journal/lint',
    about: 'Lists what clients did against the guide, each once.',
    handle: ({ server }) => server.journal.listLint()
  })
]
