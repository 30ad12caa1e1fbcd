/** Tests do not sleep: they look again until what they wait for has come. */

/** So long a loaded machine may take. */
const PATIENCE = 20_000
/** What is waited for needs the processor, too, where it runs in another process: after a while it is looked for less often. */
const SHORTEST_PAUSE = 2
const LONGEST_PAUSE = 25

/** Resolves once `look` finds something true; throws with `what` when it never does. */
export async function until (what: string, look: () => unknown): Promise<void> {
  const began = performance.now()
  while (!await look()) {
    const waited = performance.now() - began
    if (waited > PATIENCE) throw new Error(`waited in vain until ${what}`)
    await new Promise(resolve => { setTimeout(resolve, Math.min(LONGEST_PAUSE, SHORTEST_PAUSE + waited / 20)) })
  }
}
