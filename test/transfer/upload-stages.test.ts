/** The stages of an upload alone: claim, failure, and who may go on with an upload in pieces. */
import t from 'tap'
import { policyOf } from '../../src/app/parts.ts'
import { loadConfig } from '../../src/config.ts'
import { createRunningTransfers } from '../../src/http/running-transfers.ts'
import { createForm } from '../../src/transfer/form.ts'
import { createCurrentRequests } from '../../src/transfer/resumable/current-requests.ts'
import { createTicketClaim } from '../../src/transfer/ticket-claim.ts'
import { BrokenOff, failUpload } from '../../src/transfer/upload-failure.ts'
import { anonymousTicket } from '../support/client.ts'
import { startServer } from '../support/server.ts'

t.test('a ticket is claimed once, by one request, until that fails', async t => {
  const server = await startServer(t)
  const { ports } = server.app
  const policy = policyOf(await loadConfig({}, {}))
  const { id } = await anonymousTicket(server)
  const claimOf = (uploadId: string) => createTicketClaim(uploadId, { contentLength: 10 }, createForm(new Map()), { ports, policy, transfers: createRunningTransfers() }, () => { t.fail('it is nobody\'s') })

  const [first, second, third] = [claimOf('a'.repeat(24)), claimOf('b'.repeat(24)), claimOf('c'.repeat(24))]
  await t.rejects(first.require('x'), { message: 'INVALID_PARAMETER' })
  t.strictSame([first.holder, first.reservation], [undefined, undefined])
  const reservation = await first.require(id)
  t.equal(await first.require('any other'), reservation, 'once it has one')
  await t.rejects(second.require(id), { message: 'UPLOAD_TEMP_ERROR' })
  t.equal(second.holder?.ticket.id, id, 'refused in the words of its ticket')
  t.equal(second.reservation, undefined)

  const bug = new Error('a disk that failed')
  t.match(await failUpload(bug, reservation, [], ports), { refusal: { error: 'UPLOAD_TEMP_ERROR', info: undefined }, bug })
  t.equal((await third.require(id)).claim.uploadId, 'c'.repeat(24), 'the ticket is free again')
})

t.test('a client that broke off is no bug', async t => {
  const server = await startServer(t)
  t.match(await failUpload(new BrokenOff('the request was cut'), undefined, [], server.app.ports),
    { refusal: { error: 'UPLOAD_TEMP_ERROR', info: 'the request was cut' }, bug: undefined })
})

t.test('a request on an upload ends the one before, waits for it, and takes its place', async t => {
  const live = new Set<string>()
  const requests = createCurrentRequests(live)
  const order: string[] = []
  let endFirst = (): void => undefined
  const first = requests.replace('upload', () => {
    order.push('stop first')
    endFirst()
  }, async () => {
    await new Promise<void>(resolve => { endFirst = resolve })
    order.push('first ends')
  })
  await Promise.resolve()
  const second = requests.replace('upload', () => undefined, async () => {
    order.push('second begins')
    return requests.has('upload') && live.has('upload')
  })
  await first
  t.equal(await second, true, 'the end of the first leaves the second its place')
  t.strictSame(order, ['stop first', 'first ends', 'second begins'])
  t.strictSame([requests.has('upload'), live.size], [false, 0])
})
