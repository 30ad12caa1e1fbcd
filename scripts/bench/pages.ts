/** The start page and pages of files, as browsers without a session read them. */
import { compareCalls, FEW, startRoute, storageOf } from './calls.ts'
import { ratioFigure, type Figure } from './figure.ts'
import { serveFilled } from './filled-storage.ts'

/** At least 10,000 start pages and 8,000 pages of files a second on a quiet processor. */
const AT_LEAST = 0.25

/** Each compared with an empty route that sends as many bytes. */
export async function measurePages (folder: string): Promise<Figure[]> {
  const respace = await serveFilled(storageOf(folder, FEW), FEW, FEW)
  const files = respace.calls.map(call => `${respace.url}/file/${new URL(call).searchParams.get('file_id')}`)
  const figures: Figure[] = []
  for (const [name, urls] of Object.entries({ 'start page': [`${respace.url}/`], 'page of a file': files })) {
    const { byteLength } = await (await fetch(urls[0] ?? '')).arrayBuffer()
    const empty = await startRoute('empty-route.ts', `${byteLength}`)
    const compared = await compareCalls(folder, urls, [`${empty.url}/`])
    await empty.stop()
    figures.push(ratioFigure(`${name} ÷ empty Fastify route that sends its ${byteLength} bytes`, '/s', compared, AT_LEAST))
  }
  await respace.stop()
  return figures
}
