/** The API for people: for each method its parameters, a sample request, sample answers and errors. */
import type { Contract, DocumentDescription, ElementDescription, MethodDescription, Sample } from '../../api/contract-format.ts'
import { html, Html } from '../html.ts'
import { englishSheet, type Page } from '../components/layout.ts'
import { publicPath } from '../public-files.ts'

type Source = MethodDescription['source']

const styleSheet = (): Html => html`
<link rel="stylesheet" href="${publicPath('docs.css')}">`

export function docsPage (contract: Contract, publicUrl: string): Page {
  const { methods, documents, errors, sources, versions } = contract
  const endpoint = `${publicUrl}${contract.endpoint}`
  return () => englishSheet(html`The API of Respace`, html`<h1 class="wide">The API</h1>
<p>A call is a GET or a POST to <code>${endpoint}</code>. Its parameters are in the query, a form, or both; their names ignore case.
The answer is always HTTP 200 and XML, also when the call failed:</p>
<pre tabindex="0">${contract.sampleFailure}</pre>
<p>If ids were sent, a failure repeats them. A call with several ids processes those it can: it is then ok, and an error element at its end names the
ids that failed. Versions: ${versions.join(', ')}; a session has the version its token was made with.</p>
<p>For programs: <a href="/docs/contract.json">contract.json</a>, all of this page as data, and <a href="/docs/contract.xsd">contract.xsd</a>,
an XML schema of all answers.</p>
<p>The marks show the source of each part. ${Object.entries(sources).map(([source, about]) => html`${mark(source as Source)} ${about} `)}</p>
<nav aria-label="Methods"><ul class="marks">${methods.map(({ name }) => html`
<li><a href="#${name}">${name}</a></li>`)}
<li><a href="#upload">Uploads</a></li>
<li><a href="#errors">Errors</a></li>
</ul></nav>
${methods.map(method => writeMethod(method, contract, endpoint))}
<h2 id="upload">Uploads</h2>
<p>The form to send to the url of a ticket, as <code>multipart/form-data</code>:</p>
${table(['Field', 'Mandatory', 'Description'], contract.uploadFields.map(field =>
  [html`<code>${field.name}</code>`, yesOrNo(field.isMandatory), html`${field.about}${limitText(field)} ${mark(field.source)}`]))}
<p>A longer field is cut; it does not fail the upload.</p>
${documents.map(document => writeDocument(document, contract))}
<h2 id="errors">Errors</h2>
${table(['Code', 'Name', 'Description'], errors.map(({ code, name, text }) => [
  html`<span id="${name}">${code}</span>`, html`<code>${name}</code>`, text === '' ? html`The specific reason.` : html`${text}`]))}`, styleSheet())
}

function writeMethod (method: MethodDescription, contract: Contract, endpoint: string): Html {
  const { name, summary, source, since, parameters, answer, sampleRequest, sampleAnswers, errors, commonErrors } = method
  const request = `${endpoint}?${sampleRequest}`
  return html`
<section aria-labelledby="${name}">
<h2 id="${name}">${name} ${mark(source)}</h2>
<p>${summary}${sinceText(since, contract)}</p>
<h3>Parameters</h3>
${table(['Name', 'Mandatory', 'Description'], parameters.map(parameter => [
  html`<code>${parameter.name}</code>${parameter.aliases.map(alias => html` or <code>${alias}</code>`)}`,
  parameter.optionalSince === null ? yesOrNo(parameter.isMandatory) : html`Before ${parameter.optionalSince}`,
  html`${parameter.about} ${parameter.kind === 'text' ? '' : contract.kinds[parameter.kind]?.about ?? ''}${limitText(parameter)} ${markUnless(source, parameter.source)}`]))}
<h3>Sample request</h3>
<pre tabindex="0"><a class="sample" href="${request}">${request}</a></pre>
${writeSamples(sampleAnswers, contract)}
<h3>Answer</h3>
${writeElements(answer, source, contract)}
<h3>Errors</h3>
${table(['Code', 'Name', 'Description'], contract.errors.filter(error => errors.includes(error.name)).map(error => [
  html`${error.code}`, html`<a href="#${error.name}">${error.name}</a>`, html`${error.text === '' ? 'The specific reason.' : error.text}`]))}
<p>And as others do: ${contract.errors.filter(error => commonErrors.includes(error.name)).map((error, i) =>
  html`${i === 0 ? '' : ', '}<a href="#${error.name}">${error.code}</a>`)}.</p>
</section>`
}

function writeDocument ({ name, summary, source, head, each, tail, samples }: DocumentDescription, contract: Contract): Html {
  return html`
<h2 id="${name}">${name} ${mark(source)}</h2>
<p>${summary}</p>
${writeSamples(samples, contract)}
${writeElements([...head, ...each, ...tail], source, contract)}
${each.length === 0 ? '' : html`<p>For several files, ${each.map(({ element }, i) => html`${i === 0 ? '' : ', '}<code>${element}</code>`)} repeat.</p>`}`
}

function writeSamples (samples: readonly Sample[], { versions }: Contract): Html {
  return html`${samples.map(({ versions: of, body }) => html`<h3>Sample answer${of.length === versions.length ? '' : ` in ${of.join(' and ')}`}</h3>
<pre tabindex="0" class="answer">${body}</pre>
`)}`
}

function writeElements (elements: readonly ElementDescription[], inherited: Source, contract: Contract): Html {
  const rows = elements.flatMap(({ element, text, attributes, isRepeated, since, until, source }) => {
    const span = `${isRepeated ? ' One for each.' : ''}${sinceText(since, contract)}${until === null ? '' : ` Before version ${until}.`}`
    const note = html`${span} ${markUnless(inherited, source)}`
    return text === null
      ? [[html`<code>${element}</code>`, html`${note}`], ...(attributes ?? []).map(value =>
          [html`<code>${element} ${value.name}</code>`, html`${describe(value, contract)} ${markUnless(source, value.source)}`])]
      : [[html`<code>${element}</code>`, html`${describe(text, contract)}${note}`]]
  })
  return table(['Element and attribute', 'Description'], rows)
}

function describe ({ value, about, mayBeEmpty }: { value: string, about: string, mayBeEmpty: boolean }, { values }: Contract): string {
  return `${about}${value === 'text' || value === 'ok' ? '' : ` ${values[value]?.about ?? ''}`}${mayBeEmpty ? ' Empty when it is not set.' : ''}`
}

function table (heads: readonly string[], rows: ReadonlyArray<readonly Html[]>): Html {
  return html`<table>
<thead><tr>${heads.map(head => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map(row => html`
<tr>${row.map(cell => html`<td>${cell}</td>`)}</tr>`)}
</tbody>
</table>`
}

const limitText = ({ maxBytes }: { readonly maxBytes: number | null }): string => maxBytes === null ? '' : ` At most ${maxBytes} bytes.`

const yesOrNo = (is: boolean): Html => html`${is ? 'Yes' : 'No'}`

const sinceText = (since: string, { versions }: Contract): string => since === versions[0] ? '' : ` From version ${since} on.`

const mark = (source: Source): Html => html`<span class="mark">${source}</span>`

const markUnless = (inherited: Source, source: Source): Html => inherited === source ? html`` : mark(source)
