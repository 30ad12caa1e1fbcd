/** The frame and the look of reports: one page that needs nothing else, light or dark. */

const STYLE = `:root{color-scheme:light dark;--line:#ddd;--bg:#fff;--soft:#f6f6f6;--text:#1c1c1c;--dim:#666;--pass:#1b7f35;--fail:#b3261e;--warn:#8a5a00;--none:#666}
@media(prefers-color-scheme:dark){:root{--line:#3a3a3a;--bg:#161616;--soft:#202020;--text:#e8e8e8;--dim:#a0a0a0;--pass:#6fcf87;--fail:#ff8a80;--warn:#e6b450;--none:#a0a0a0}}
*{box-sizing:border-box}body{margin:0 auto;padding:1.5rem 1rem 4rem;max-width:70rem;background:var(--bg);color:var(--text);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .4rem}code,pre{font:13px/1.45 ui-monospace,monospace}pre{background:var(--soft);padding:.6rem;overflow:auto;max-height:20rem;margin:.3rem 0;white-space:pre-wrap;overflow-wrap:anywhere}
.verdict{font-size:1.15rem;margin:.6rem 0;padding:.6rem .8rem;border-left:.35rem solid var(--pass);background:var(--soft)}.verdict.is-red{border-color:var(--fail)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.8rem 0;color:var(--dim)}dd{margin:0;overflow-wrap:anywhere;color:var(--text)}
table{border-collapse:collapse;width:100%;table-layout:fixed}th+th{width:3.2rem;text-align:center}td,th{border-top:1px solid var(--line);padding:.25rem .5rem;text-align:left;vertical-align:top}th{font-weight:600;color:var(--dim)}
td.v{text-align:center;width:3.2rem;font-weight:700}.pass{color:var(--pass)}.fail,.error{color:var(--fail)}.warn,.note{color:var(--warn)}.untested,.off{color:var(--none)}
td:first-child{overflow-wrap:anywhere}.about{color:var(--dim)}details{margin:.3rem 0}summary{cursor:pointer}.bar{display:flex;height:.6rem;margin:.4rem 0 1rem}.bar span{display:block}
nav{display:flex;flex-wrap:wrap;gap:.2rem .8rem;margin:1rem 0}a{color:inherit}.tools{margin:1rem 0}table.wide th+th{width:5rem;padding-inline:.2rem}@media(max-width:45rem){.about{display:block}table.wide th+th{width:3.3rem;font-size:.75rem}table.wide td.v{font-size:.8rem;padding-inline:0}}`

/** `body` is HTML; `title` is text. */
export const htmlPage = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body>
${body}</body></html>
`

/** Parts of a whole side by side: a class of the style sheet and a number each; those of 0 are left out. */
export const partsBar = (parts: ReadonlyArray<readonly [name: string, count: number]>): string =>
  `<div class="bar" aria-hidden="true">${parts.filter(([, count]) => count > 0).map(([name, count]) => `<span class="${name}" style="flex:${count};background:currentColor"></span>`).join('')}</div>`

/** Names with their values, which are text. */
export const factList = (facts: ReadonlyArray<readonly [name: string, value: string]>): string =>
  `<dl>${facts.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>`

export const escapeHtml = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
