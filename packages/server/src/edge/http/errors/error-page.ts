import { createHash } from 'node:crypto';
import type { AditError } from '@adit/contracts';

const style = `
:root{color-scheme:light dark;--page:#f6f5f2;--card:#fff;--ink:#1c1b19;--soft:#5c5850;--line:#dedad2;--mark:#a34712}
@media(prefers-color-scheme:dark){:root{--page:#171614;--card:#211f1c;--ink:#f0ede6;--soft:#b5afa3;--line:#3a3631;--mark:#f0a070}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--page);color:var(--ink);
font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{width:100%;max-width:36rem;padding:clamp(1.25rem,5vw,2.75rem);background:var(--card);border:1px solid var(--line);
border-top:4px solid var(--mark);border-radius:.5rem}
.status{margin:0;color:var(--mark);font-weight:600;letter-spacing:.04em}
h1{margin:.25rem 0 .5rem;font-size:clamp(1.4rem,4vw,1.8rem);line-height:1.25;text-wrap:balance}
.host{margin:0;color:var(--soft);overflow-wrap:anywhere}
h2{margin:1.5rem 0 .15rem;font-size:1rem}
h2+p{margin:0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.35rem 1.25rem;margin:1.75rem 0 0;padding-top:1.25rem;
border-top:1px solid var(--line);font-size:.875rem}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
@media(max-width:26rem){body{padding:.75rem}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}}
`;

/** Allows our one inline style, by its hash, and nothing else: no script, image, frame, form or other origin. */
export const errorPageSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The page for people: what happened, what its visitor can do and what its owner can, and the id by which the operator
 * finds it in the log.
 */
export function errorPage(error: AditError, shown: { requestId: string; host: string | null }): string {
  const { help, ownerHelp } = error.row;
  const title = escapeHtml(error.row.title);
  const where = shown.host === null ? '' : `<p class="host">${escapeHtml(shown.host)}</p>\n`;
  const forOwner =
    ownerHelp === undefined ? '' : `<h2>If this endpoint is yours</h2>\n<p>${escapeHtml(ownerHelp)}</p>\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} (${error.status})</title>
<style>${style}</style>
</head>
<body>
<main>
<p class="status">Error ${error.status}</p>
<h1>${title}</h1>
${where}<h2>What you can do</h2>
<p>${escapeHtml(help)}</p>
${forOwner}<dl>
<dt>Code</dt><dd>${error.wireCode}</dd>
<dt>Request id</dt><dd>${escapeHtml(shown.requestId)}</dd>
</dl>
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
