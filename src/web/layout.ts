import { html, Html } from './html.ts'

const STYLE = new Html(`
:root{color-scheme:light dark;--accent:#0b57d0;--on-accent:#fff;--line:#8886;--soft:#8881}
@media(prefers-color-scheme:dark){:root{--accent:#8ab4f8;--on-accent:#0b1a33}}
*{box-sizing:border-box}
body{margin:0;font:1rem/1.5 system-ui,sans-serif;min-height:100vh;display:flex;flex-direction:column}
header,main,footer{width:100%;max-width:40rem;margin:0 auto;padding:1rem}
main{flex:1}
header a{font-weight:700;font-size:1.25rem;color:inherit;text-decoration:none}
h1,h2{line-height:1.25;overflow-wrap:anywhere;font-size:1.5rem;margin:.5rem 0 1rem}
.card{border:1px solid var(--line);border-radius:.75rem;padding:1.5rem;background:var(--soft)}
.button1,button{display:inline-block;font:inherit;font-weight:600;padding:.65rem 1.25rem;border:0;border-radius:.5rem;
background:var(--accent);color:var(--on-accent);text-decoration:none;cursor:pointer}
a:focus-visible,button:focus-visible,input:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
label{display:block;margin:1rem 0 .25rem;font-weight:600}
input{font:inherit;width:100%;padding:.55rem;border:1px solid var(--line);border-radius:.5rem;background:Canvas;color:CanvasText}
.error{border-left:.3rem solid #d93025;padding:.5rem 1rem;background:#d9302518}
.bgray{background:none}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.5rem .5rem .5rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
p.about{overflow-wrap:anywhere;white-space:pre-line}
code{overflow-wrap:anywhere}
`)

/** A whole page. No script, no request to anywhere else. */
export function page (title: string, content: Html, head: Html = html``): string {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>${head}
<style>${STYLE}</style>
</head>
<body>
<header><a href="/">Respace</a></header>
<main>
${content}
</main>
<footer><small>Shared with Respace</small></footer>
</body>
</html>
`.text
}
