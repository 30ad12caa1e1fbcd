/** Debian's Chromium, without a window, and pages of another origin for it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium, type Page } from 'playwright-core'
import { temporaryFolder, type Teardown } from './server.ts'

const PROGRAM = '/usr/bin/chromium'
const WORDS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'
]

/** A fresh page in a browser of its own, which is closed with the test. */
export async function openBrowser (t: Teardown, options: { readonly javaScriptEnabled?: boolean, readonly timezoneId?: string } = {}): Promise<Page> {
  const profile = await temporaryFolder(t)
  const context = await chromium.launchPersistentContext(profile, { executablePath: PROGRAM, args: WORDS, headless: true, ...options })
  t.teardown(() => context.close())
  return context.pages()[0] ?? context.newPage()
}

/** Answers every request with this page, from an origin of its own; its address. */
export async function servePage (t: Teardown, html: string): Promise<string> {
  const server = createServer((_request, response) => { response.setHeader('content-type', 'text/html; charset=utf-8').end(html) })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Does what leads to another page, and waits until that page and its scripts have loaded. */
export async function navigate (page: Page, act: () => Promise<unknown>): Promise<void> {
  await Promise.all([page.waitForEvent('load'), act()])
}

/** Logs in by the form and waits for the page it leads to. */
export async function logInByForm (page: Page, { url }: { readonly url: string }, to: string, name = 'alice', password = 'secret1'): Promise<void> {
  await page.goto(`${url}/login?to=${to}`)
  await page.getByLabel('User name or e-mail').fill(name)
  await page.getByLabel('Password').fill(password)
  await navigate(page, () => page.getByRole('button', { name: 'Log in' }).click())
  await page.waitForURL(`${url}${to}`)
}

/** Drops files on the middle of the page, as a hand does. */
export async function dropFiles (page: Page, files: ReadonlyArray<{ readonly name: string, readonly text: string }>): Promise<void> {
  await page.evaluate(`{
    const transfer = new DataTransfer()
    for (const { name, text } of ${JSON.stringify(files)}) transfer.items.add(new File([text], name))
    for (const type of ['dragenter', 'dragover', 'drop']) document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }))
  }`)
}
