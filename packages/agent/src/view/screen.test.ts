import { expect, test } from 'vitest';
import { widthOf } from './plain-text.ts';
import { renderScreen, renderUrl } from './screen.ts';
import type { ScreenState } from './screen-state.ts';
import { online, reconnecting, several, silent } from './screen-states.testkit.ts';

const url = 'https://amber-fox-lake.tunnels.example.com:8443';
const size = { columns: 80, rows: 24, hasColour: false };
const screen = (state: ScreenState, change: Partial<typeof size> = {}) =>
  renderScreen(state, { ...size, ...change }).map((line) => line.trimEnd());
const text = (...args: Parameters<typeof screen>) => `\n${screen(...args).join('\n')}\n`;

test('renderScreen() shows an online session at 80 columns', () => {
  expect(text(online)).toMatchInlineSnapshot(`
    "
    Session      online
    Account      Acme
    Server       0.1.0
    Round trip   1.2 ms
    Inspector    http://127.0.0.1:4040
    Endpoints    https://amber-fox.localhost:8443 → http://localhost:3000
    Connections  2 open, 1027 total

    GET      /api/users                                                 200    12 ms
    POST     /hook/with/a/path/that/is/longer/than/a/narrow/terminal    500    1.5 s
    DELETE   /                                                          -     0.4 ms

    q shows a QR code, Ctrl-C stops
    "
  `);
});

test('renderScreen() shows an online session at 40 columns and 10 rows', () => {
  expect(text(online, { columns: 40, rows: 10 })).toMatchInlineSnapshot(`
    "
    Session      online
    Account      Acme
    Round trip   1.2 ms
    Inspector    http://127.0.0.1:4040
    https://amber-fox.localhost:8443
      → http://localhost:3000
    Connections  2 open, 1027 total

    q shows a QR code, Ctrl-C stops
    "
  `);
});

test('renderScreen() shows several endpoints and which of them is in trouble', () => {
  expect(text(several)).toMatchInlineSnapshot(`
    "
    Session      online
    Account      Acme
    Server       0.1.0
    Round trip   1.2 ms
    Inspector    http://127.0.0.1:4040
    Endpoints    https://amber-fox.localhost:8443 → http://localhost:3000
                 https://api.localhost:8443 → http://localhost:3001 (api)
                 Cannot reach "http://localhost:3001": the connection was refused
                 tcp://localhost:20001 → tcp://localhost:5432 (db)
    Connections  2 open, 1027 total

    GET      /api/users                                                 200    12 ms
    POST     /hook/with/a/path/that/is/longer/than/a/narrow/terminal    500    1.5 s
    DELETE   /                                                          -     0.4 ms

    q shows a QR code, Ctrl-C stops
    "
  `);
});

test('renderScreen() shows several endpoints at 40 columns', () => {
  expect(text(several, { columns: 40 })).toMatchInlineSnapshot(`
    "
    Session      online
    Account      Acme
    Server       0.1.0
    Round trip   1.2 ms
    Inspector    http://127.0.0.1:4040
    https://amber-fox.localhost:8443
      → http://localhost:3000
    https://api.localhost:8443
      → http://localhost:3001
      Cannot reach "http://localhost:3001":
      the connection was refused
    tcp://localhost:20001
      → tcp://localhost:5432
    Connections  2 open, 1027 total

    GET      /api/users         200    12 ms
    POST     /hook/with/a/pat…  500    1.5 s
    DELETE   /                  -     0.4 ms

    q shows a QR code, Ctrl-C stops
    "
  `);
});

test('renderScreen() shows a lost session, why, and when it is tried again', () => {
  expect(screen(reconnecting).slice(0, 3)).toEqual([
    'Session      reconnecting in 2 s',
    '             Cannot connect to "connect.example.com:443": the connection was',
    '             refused',
  ]);
});

test('renderScreen() says how old the last heartbeat is when the next one is late', () => {
  expect(screen(silent)[0]).toBe('Session      online, but no heartbeat for 17 s');
});

test('renderScreen() shows the end without the hint how to stop', () => {
  const state: ScreenState = { ...online, status: { state: 'closed', reason: 'stopped', error: null } };
  expect(screen(state)[0]).toBe('Session      stopped by the operator');
  expect(text(state)).not.toContain('Ctrl-C');
});

test('renderScreen() leaves out what is not known', () => {
  const state = { ...online, account: '', serverVersion: '', roundTripMs: null, inspectorUrl: null, hasQr: false };
  expect(text(state)).not.toMatch(/Account|Server|Round trip|Inspector|QR/);
});

test('renderScreen() shows no query of a request: it may hold a secret', () => {
  expect(text(online)).toContain('/api/users ');
  expect(text(online)).not.toContain('secret');
});

test('renderScreen() lets no text from outside write on the terminal', () => {
  const evil = '\u001B[2J\u009B31m\r\n\u202Ex';
  const state = {
    ...reconnecting,
    account: evil,
    endpoints: [{ name: evil, url: evil, upstreamUrl: evil, problem: evil }],
    requests: [{ method: evil, path: evil, status: 200, durationMs: 1 }],
  };
  for (const line of screen(state)) expect(line).not.toMatch(/[\p{Cc}\u202E]/u);
});

const manyEndpoints = { ...several, endpoints: Array.from({ length: 9 }, () => several.endpoints).flat() };
const states = { online, several, reconnecting, silent, manyEndpoints };

test.each(
  Object.entries(states).flatMap(([name, state]) =>
    [14, 20, 40, 80, 200].flatMap((columns) => [2, 5, 10, 24].map((rows) => ({ name, state, columns, rows }))),
  ),
)('renderScreen() keeps $name within $columns columns and $rows rows', ({ state, columns, rows }) => {
  const lines = screen(state, { columns, rows });
  expect(lines.length).toBeLessThan(rows);
  for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
  expect(lines[0]).toContain('Session');
});

test('renderScreen() measures wide characters by the columns they take', () => {
  const account = '東京トンネル株式会社'.repeat(5);
  for (const line of screen({ ...online, account })) expect(widthOf(line)).toBeLessThanOrEqual(80);
});

test('renderScreen() counts the endpoints that it has no room for', () => {
  expect(text(manyEndpoints)).toMatch(/… and \d+ more/);
});

test('renderUrl() keeps the URL whole and on a line of its own, also where the line is too short', () => {
  expect(renderUrl(url, size)).toBe(`\n  ${url}\n\n`);
  expect(renderUrl(url, { ...size, columns: 40 })).toBe(`\n${url}\n\n`);
});

test('colour is used only where it is wanted', () => {
  const escape = '\u001B';
  expect(text(online, { hasColour: true })).toContain(`${escape}[32monline${escape}[39m`);
  expect(text(online)).not.toContain(escape);
  expect(renderUrl(url, size)).not.toContain(escape);
});

test('renderScreen() says why the session is lost, and how to stop, before it shows all endpoints', () => {
  const lines = screen({ ...reconnecting, endpoints: manyEndpoints.endpoints }, { columns: 40, rows: 10 });
  expect(lines[1]).toContain('Cannot connect');
  expect(lines).toContain('… and 26 more');
  expect(lines.at(-1)).toContain('Ctrl-C stops');
});
