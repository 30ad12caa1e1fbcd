/**
 * What tap imports as async-hook-domain: it finds the test whose work threw an error that nobody caught. The package does so by hooks that follow every
 * promise until it is collected: an eighth of a profile of test/api/bad-input, besides collecting. A store that Node hands on does the same.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

type Tell = (error: unknown, origin: string) => void

/** Of the work that is done now. */
const current = new AsyncLocalStorage<Domain>()

/** All that is begun after it, in the same piece of work, belongs to it, until it is destroyed: then to the one around it. */
export class Domain {
  readonly onerror: Tell
  readonly #parent = current.getStore()
  #isDestroyed = false

  constructor (onerror: Tell) {
    this.onerror = onerror
    current.enterWith(this)
  }

  destroy (): void {
    this.#isDestroyed = true
  }

  /** This one, or the next around it that is not destroyed. */
  get living (): Domain | undefined {
    return this.#isDestroyed ? this.#parent?.living : this
  }
}

/** Tells the current domain about an error, unless the test handles errors itself; returns whether it did. */
function tell (error: unknown, origin: string): boolean {
  const domain = current.getStore()?.living
  if (domain === undefined || process.hasUncaughtExceptionCaptureCallback() || process.listenerCount('uncaughtException') > 0) return false
  domain.onerror(error, origin)
  return true
}

process.on('uncaughtExceptionMonitor', (error, origin) => {
  // The process would end now.
  if (tell(error, origin)) process.setUncaughtExceptionCaptureCallback(() => { process.setUncaughtExceptionCaptureCallback(null) })
})

// A listener would count as somebody who handles all of them.
const emit = process.emit.bind(process) as (event: string, ...values: unknown[]) => boolean
process.emit = ((event: string, ...values: unknown[]) =>
  event === 'unhandledRejection' && process.listenerCount(event) === 0 ? tell(values[0], event) : emit(event, ...values)) as typeof process.emit
