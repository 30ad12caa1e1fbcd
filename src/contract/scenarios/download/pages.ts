/** Contract, download pages: what people and scrapers find there. */
import { anonymousUpload } from '../../steps/anonymous-upload.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { headerOf, textOf as bodyOf } from '../../client/exchange.ts'
import { addressIn, beside, get, isDead, isWhole, linkedFile, linkOn, linksOf, requirePages, someBytes, statusOf, unescaped } from '../../steps/file-links.ts'
import { unknownId } from '../../steps/listings.ts'

/** 12.3KB in units of 1024 bytes, 12.6KB in units of 1000. */
const BYTES = someBytes(12_600)
const SIZE = /<b>File Size:<\/b>\s*12\.[36]\s?KB/
const MISSING = /<div class="msg error"[^>]*>\s*Sorry, the file you requested is not available\.\s*<\/div>/

export const linkPageScenarios: readonly Scenario[] = [{
  name: 'links/page',
  needs: ['account'],
  checks: [
    declare('links/page', 'must', 'guide', 'download_page_url is an HTML page'),
    declare('links/hook-title', 'should', 'observed', 'the title of the download page begins with "Download NAME from "'),
    declare('links/hook-button', 'should', 'observed', 'the download page has <a id="download_button" class="download_page_button button1" href="…">, which leads to the bytes'),
    declare('links/hook-button-alone', 'should', 'observed', '<a id="download_button" href="…"> is in a comment above that button'),
    declare('links/hook-name', 'should', 'observed', 'the download page has <h2 class="bgray"><b>NAME</b></h2>'),
    declare('links/hook-size', 'should', 'observed', 'the download page has <b>File Size:</b> and the size as 12.3KB'),
    declare('links/page-escaped', 'must', 'choice', 'a name with <script> is text on the download page'),
    declare('links/pro', 'should', 'observed', '/pro/dl/ID redirects to a direct link')
  ],
  async play (stage) {
    requirePages(stage.context)
    const actor = await stage.main()
    const file = await linkedFile(actor, { name: 'check-page.bin', bytes: BYTES })
    const page = await get(stage, file.page)
    const html = bodyOf(page)
    const type = headerOf(page, 'content-type') ?? ''
    stage.judge('links/page', statusOf(page) === 200 && /^(?:text\/html|application\/xhtml\+xml)\b/i.test(type), { expected: 'HTTP 200 and HTML', got: `HTTP ${statusOf(page)}, ${type}`, on: page })
    stage.judge('links/hook-title', html.includes(`<title>Download ${file.name} from `), { expected: `<title>Download ${file.name} from …`, got: /<title>[^<]*/.exec(html)?.[0] ?? 'no title', on: page })
    stage.judge('links/hook-name', html.includes(`<h2 class="bgray"><b>${file.name}</b></h2>`), { expected: `<h2 class="bgray"><b>${file.name}</b></h2>`, got: /<h2.*/.exec(html)?.[0] ?? 'no <h2>', on: page })
    stage.judge('links/hook-size', SIZE.test(html), { expected: '<b>File Size:</b> 12.3KB', got: /<b>File Size.{0,30}/.exec(html)?.[0] ?? 'no <b>File Size:</b>', on: page })

    const button = /<a id="download_button" class="download_page_button button1" href="([^"]+)"/.exec(html)
    const address = addressIn(button?.[1] ?? '', page)
    const bytes = await get(stage, button === null ? file.page : address ?? file.page)
    stage.judge('links/hook-button', button !== null && isWhole(bytes, BYTES), { expected: 'the button, and the bytes where it leads', got: button === null ? 'no such button' : `HTTP ${statusOf(bytes)} where it leads`, on: [bytes, page] })
    const alone = /<!--\s*<a id="download_button" href="([^"]+)">\s*(?:[^<]*<\/a>\s*)?-->/.exec(html)
    stage.judge('links/hook-button-alone', alone !== null && (button === null || alone.index < button.index), { expected: '<!-- <a id="download_button" href="…"> --> above the button', got: alone === null ? 'no such comment' : 'it stands below', on: page })

    const pro = await get(stage, beside(file.page, `/pro/dl/${file.id}`))
    const location = addressIn(headerOf(pro, 'location') ?? file.page, pro) ?? file.page
    const led = await get(stage, location)
    stage.judge('links/pro', statusOf(pro) >= 300 && statusOf(pro) < 400 && isWhole(led, BYTES), { expected: 'a redirect to the bytes', got: `HTTP ${statusOf(pro)}, ${headerOf(pro, 'location') ?? 'no location'}`, on: [led, pro] })

    const renamed = await actor.call('files.setInfo', { file_id: file.id, name: '<script>check & "one".bin' })
    const odd = await linksOf(actor, file.id)
    const oddPage = await get(stage, odd.page)
    if (renamed.code !== 0 || !odd.name.includes('<script>') || statusOf(oddPage) !== 200) stage.leave('links/page-escaped', 'a file with <script> in its name is needed first, and could not be uploaded', [renamed.exchange, odd.reply.exchange, oddPage])
    else {
      const text = bodyOf(oddPage)
      stage.judge('links/page-escaped', !text.includes('<script>check') && unescaped(text).includes('<script>check'), { expected: 'the name, escaped', got: text.includes('<script>check') ? 'the element itself' : 'no such name', on: oddPage })
    }
  }
}, {
  name: 'links/password',
  needs: ['account'],
  checks: [
    declare('links/hook-password', 'should', 'observed', 'the page of a file with a password has a field "filepassword", and no link before the right password'),
    declare('links/page-password', 'must', 'guide', 'on the download page the right filepassword leads to the bytes'),
    declare('links/pro-password', 'should', 'observed', '/pro/dl/ID redirects to the download page when a password is needed')
  ],
  async play (stage) {
    requirePages(stage.context)
    const bytes = someBytes(300)
    const file = await linkedFile(await stage.main(), { bytes }, { password: 'sesame' })
    const send = async (password: string) => {
      const sent = await stage.send({ method: 'POST', url: file.page, headers: [['content-type', 'application/x-www-form-urlencoded']], body: Buffer.from(`filepassword=${password}`) })
      const location = addressIn(headerOf(sent, 'location') ?? '', sent)
      const cookie = headerOf(sent, 'set-cookie')?.split(';')[0]
      return statusOf(sent) < 300 || statusOf(sent) > 399 || location === undefined ? sent : get(stage, location, cookie === undefined ? {} : { cookie })
    }
    const [page, wrong, right] = [await get(stage, file.page), await send('wrong'), await send('sesame')]
    const link = linkOn(right)
    const got = link === undefined ? right : await get(stage, link)
    stage.judge('links/page-password', isWhole(got, bytes), { expected: 'the bytes', got: link === undefined ? `HTTP ${statusOf(right)}, no link` : `HTTP ${statusOf(got)} at the link`, on: [right, got] })
    const hasField = /<input [^>]*name="filepassword"/.test(bodyOf(page))
    const early = await Promise.all([page, wrong].map(async each => get(stage, linkOn(each) ?? each.request.url)))
    const isOpen = early.some(each => isWhole(each, bytes))
    stage.judge('links/hook-password', hasField && !isOpen, { expected: 'name="filepassword", and no link', got: isOpen ? 'a link to the bytes' : 'no such field', on: [...early, wrong, page] })
    const pro = await get(stage, beside(file.page, `/pro/dl/${file.id}`))
    const location = addressIn(headerOf(pro, 'location') ?? '', pro)
    const isThere = location !== undefined && new URL(location).pathname === new URL(file.page).pathname
    stage.judge('links/pro-password', statusOf(pro) >= 300 && statusOf(pro) < 400 && isThere, { expected: `a redirect to ${file.page}`, got: `HTTP ${statusOf(pro)}, ${headerOf(pro, 'location') ?? 'no location'}`, on: [page, pro] })
  }
}, {
  name: 'links/missing',
  needs: [],
  checks: [
    declare('links/page-missing', 'should', 'observed', 'the page of a missing file is 404 with <div class="msg error"…>Sorry, the file you requested is not available.</div>'),
    declare('links/pro-missing', 'should', 'choice', '/pro/dl/ID of a missing file is 404')
  ],
  async play (stage) {
    requirePages(stage.context)
    const sent = await anonymousUpload(stage)
    const there = unescaped(/<download_url>([^<]*)<\/download_url>/.exec(bodyOf(sent))?.[1] ?? '')
    const control = URL.canParse(there) ? await get(stage, there) : sent
    if (isDead(control) || statusOf(control) !== 200 || control === sent) {
      for (const id of ['links/page-missing', 'links/pro-missing']) stage.leave(id, 'a working page is needed first, and there is none', [sent, control])
      return
    }
    const page = await get(stage, beside(there, `/file/${unknownId()}`))
    const isSaid = MISSING.test(bodyOf(page))
    stage.judge('links/page-missing', statusOf(page) === 404 && isSaid, { expected: 'HTTP 404 and the sentence', got: `HTTP ${statusOf(page)}${isSaid ? '' : ' without the sentence'}`, on: [control, page] })
    const pro = await get(stage, beside(there, `/pro/dl/${unknownId()}`))
    stage.judge('links/pro-missing', statusOf(pro) === 404, { expected: 'HTTP 404', on: [control, pro] })
  }
}]
