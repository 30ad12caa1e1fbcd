/** The journal by control calls. */
import { ControlProblem } from '../control-problem.ts'
import { writeHar } from '../journal/har.ts'
import { findEntries, readExpectation, readJournalQuery, readWait, verifyCount, waitForEntries, WaitedInVain } from '../journal/journal-query.ts'
import { Answered, type Routes } from './call.ts'

export const JOURNAL_ROUTES: Routes = {
  '/journal': {
    GET: async (_asked, { journal }) => ({ entries: journal.list(), dropped: journal.dropped() }),
    async DELETE (_asked, { journal }) {
      journal.clear()
      return new Answered(204)
    }
  },
  '/journal/find': {
    POST: async ({ body }, { journal }) => ({ entries: findEntries(readJournalQuery(body, ''), journal), dropped: journal.dropped() })
  },
  '/journal/count': {
    POST: async ({ body }, { journal }) => ({ count: findEntries(readJournalQuery(body, ''), journal).length, dropped: journal.dropped() })
  },
  '/journal/verify': {
    async POST ({ body }, { journal }) {
      const { isMet, count, sentence } = verifyCount(readExpectation(body, ''), journal)
      if (!isMet) throw new ControlProblem(406, sentence, 'GET /journal shows all exchanges')
      return { count, sentence }
    }
  },
  '/journal/wait': {
    async POST ({ body }, { journal }) {
      try {
        return { entries: await waitForEntries(readWait(body, ''), journal), dropped: journal.dropped() }
      } catch (error) {
        if (error instanceof WaitedInVain) throw new ControlProblem(408, error.message, 'give more timeoutMs, or see GET /journal for what came instead')
        throw error
      }
    }
  },
  '/journal/har': {
    GET: async (_asked, { journal, version }) => writeHar(journal, version)
  },
  '/journal/lint': {
    GET: async (_asked, { journal }) => journal.listLint()
  }
}
