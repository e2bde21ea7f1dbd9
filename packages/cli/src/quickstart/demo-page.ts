import type { IncomingMessage } from 'node:http';

const shownHeaders = ['host', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'user-agent'];

/** The demo's one page: what reached the service, and a clock that proves streaming. */
export function demoPage(request: IncomingMessage): string {
  const rows = shownHeaders.map(
    (name) => `<tr><th scope="row">${name}</th><td>${escape(request.headers[name])}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Adit works</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  main { max-width: 40rem; margin: 12vh auto; padding: 0 1.5rem }
  h1 { font-size: 2rem; margin: 0 }
  table { border-collapse: collapse; margin: 1.5rem 0; width: 100% }
  th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8884; overflow-wrap: anywhere }
  th { font-weight: 600; white-space: nowrap }
  code { background: #8882; padding: .1rem .35rem; border-radius: .3rem }
</style>
<main>
  <h1>It works.</h1>
  <p>This page comes from a small service on your machine, through an agent and the edge. This is what reached it:</p>
  <table>${rows.join('')}</table>
  <p>A stream, once a second: <output id="clock">…</output></p>
  <p>Your own service next: <code>npm start -- http 3000</code></p>
</main>
<script>
  new EventSource('/clock').onmessage = (event) => { document.getElementById('clock').textContent = event.data };
</script>
</html>
`;
}

function escape(value: string | string[] | undefined): string {
  return String(value ?? '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;');
}
