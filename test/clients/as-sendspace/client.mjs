/** An anonymous upload to the built-in address by HTTPS, as if to sendspace: client.mjs FILE fetch|https */
import { readFileSync } from 'node:fs'
import https from 'node:https'
import { basename } from 'node:path'

const [file, library] = process.argv.slice(2)

async function byFetch (address, method, headers, body) {
  const response = await fetch(address, { method, headers, body })
  return { status: response.status, text: await response.text() }
}

function byHttps (address, method, headers, body) {
  return new Promise((resolve, reject) => {
    const request = https.request(address, { method, headers }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', chunk => { text += chunk }).on('end', () => { resolve({ status: response.statusCode, text }) })
    })
    request.on('error', reject).end(body)
  })
}

const ask = (address, method = 'GET', headers = {}, body = undefined) =>
  (library === 'https' && address.startsWith('https:') ? byHttps : byFetch)(address, method, headers, body)

const ticket = await ask('https://api.sendspace.com/rest/?method=anonymous.uploadGetInfo&api_key=RESPACE001&api_version=1.0')
const url = / url="([^"]+)"/.exec(ticket.text)[1].replaceAll('&amp;', '&')
const form = Buffer.from(`--b\r\nContent-Disposition: form-data; name="userfile"; filename="${basename(file)}"\r\n\r\n${readFileSync(file, 'latin1')}\r\n--b--\r\n`, 'latin1')
const done = await ask(url, 'POST', { 'content-type': 'multipart/form-data; boundary=b' }, form)
const page = /<download_url>(.*)<\/download_url>/.exec(done.text)[1]
console.log(`page=${page}`)
console.log(`title=${/<title>(.*)<\/title>/.exec((await ask(page)).text)[1]}`)
console.log(`direct=${(await ask(`${process.env.RESPACE_URL}/_emulator/v1/journal`)).status}`)
console.log(`proxied=${(await ask('https://api.sendspace.com/_emulator/v1/journal')).status}`)
const refusal = await ask('https://example.org/').catch(error => error)
console.log(`other=${/\b403\b/.exec(`${refusal.message} ${refusal.cause?.message}`)?.[0]}`)
