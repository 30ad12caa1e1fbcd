/** Contract, addresses: the hosts of links in answers. */
import { anonymousUpload } from '../../steps/anonymous-upload.ts'
import { declare } from '../../check.ts'
import type { Scenario } from '../../scenario.ts'
import { textOf as bodyOf } from '../../client/exchange.ts'
import { seeFile, seeFolder } from '../../steps/listings.ts'
import { valueIn } from '../../client/reply-values.ts'
import { requireOk } from '../../run/run-context.ts'

export const addressScenarios: readonly Scenario[] = [{
  name: 'public/host',
  needs: ['feature:anonymous'],
  checks: [declare('public/host', 'should', 'choice', 'links carry the host that was called, or the one that the target file names')],
  async play (stage) {
    const { rest, publicUrl, apiKey } = stage.context.target
    const hosts = [rest, ...publicUrl === undefined ? [] : [publicUrl]].map(hostOf)
    const asked = requireOk('anonymous.uploadGetInfo', await stage.call('anonymous.uploadGetInfo', { api_key: apiKey, api_version: stage.version }))
    const uploaded = await anonymousUpload(stage)
    const ticket = ['url', 'progress_url'].map(name => valueIn(asked, 'upload', name))
    const links = [...bodyOf(uploaded).matchAll(/<(?:download|delete)_url>([^<]*)</g)].map(([, link = '']) => link)
    const odd = [...ticket, ...links].find(link => !hosts.includes(hostOf(link)))
    stage.judge('public/host', odd === undefined && links.length > 0, { expected: `links to ${hosts.join(' or ')}`, got: odd ?? `${links.length} links after an upload`, on: [asked, uploaded] })
  }
}, {
  name: 'public/one-base',
  needs: ['account'],
  checks: [declare('public/one-base', 'must', 'observed', 'all links lead to hosts that answer')],
  async play (stage) {
    const actor = await stage.main()
    const [file, folder] = [await seeFile(actor, await actor.file()), await seeFolder(actor, await actor.folder({ shared: '1' }))]
    const [ticket, download] = [requireOk('upload.getInfo', await actor.call('upload.getInfo')), requireOk('download.getInfo', await actor.call('download.getInfo', { file_id: file.now.id }))]
    const links: Readonly<Record<string, string | undefined>> = {
      url: valueIn(ticket, 'upload', 'url'),
      progress_url: valueIn(ticket, 'upload', 'progress_url'),
      download_page_url: file.now.download_page_url,
      direct_download_url: file.now.direct_download_url,
      public_url: folder.now.public_url,
      rss_url: folder.now.rss_url,
      'url of download.getInfo': valueIn(download, 'download', 'url')
    }
    for (const [name, link = ''] of Object.entries(links)) {
      const answered = hostOf(link) === '' ? undefined : await stage.send({ method: 'HEAD', url: link })
      const on = [ticket, file.reply, folder.reply, download, ...answered === undefined ? [] : [answered]]
      stage.judge('public/one-base', answered?.answer !== undefined, { expected: `${name} on a host that answers`, got: `${name} ${link}: ${answered?.problem ?? 'no http or https address'}`, on })
    }
  }
}]

/** The host with its port; '' when it is not an http or https URL. */
const hostOf = (link: string): string => /^https?:\/\//.test(link) && URL.canParse(link) ? new URL(link).host : ''
