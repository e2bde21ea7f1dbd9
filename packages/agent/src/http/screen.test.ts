import { AditError } from '@adit/contracts';
import { expect, test } from 'vitest';
import { renderScreen, renderUrl, type ScreenState } from './screen.ts';

const url = 'https://amber-fox-lake.tunnels.example.com:8443';
const online: ScreenState = {
  status: { state: 'online', account: 'Acme', serverVersion: '0.1.0' },
  account: 'Acme',
  upstreamUrl: 'http://localhost:3000',
  roundTripMs: 1.23,
  openConnections: 2,
  totalConnections: 1027,
  problem: null,
};
const unreachable = new AditError(8012, 'Cannot reach "http://localhost:3000": the connection was refused');
const lost = new AditError(9301, 'Cannot connect to "connect.example.com:443": the connection was refused');
const reconnecting: ScreenState = {
  ...online,
  status: { state: 'reconnecting', error: lost, attempt: 4, retryInMs: 2400 },
  roundTripMs: 48.7,
  problem: unreachable,
};
const plain = { hasColour: false };

test('renderScreen() shows an online session at 80 columns', () => {
  expect(renderScreen(online, { ...plain, columns: 80 })).toMatchInlineSnapshot(`
    "Session      online
    Account      Acme
    Forwards to  http://localhost:3000
    Round trip   1.2 ms
    Connections  2 open, 1027 total
    Last status  ok

    Ctrl-C stops"
  `);
});

test('renderScreen() shows an online session at 40 columns', () => {
  expect(renderScreen(online, { ...plain, columns: 40 })).toMatchInlineSnapshot(`
    "Session      online
    Account      Acme
    Forwards to  http://localhost:3000
    Round trip   1.2 ms
    Connections  2 open, 1027 total
    Last status  ok

    Ctrl-C stops"
  `);
});

test('renderScreen() shows a lost session and a failing upstream at 80 columns', () => {
  expect(renderScreen(reconnecting, { ...plain, columns: 80 })).toMatchInlineSnapshot(`
    "Session      reconnecting in 2 s
    Account      Acme
    Forwards to  http://localhost:3000
    Round trip   49 ms
    Connections  2 open, 1027 total
    Last status  Cannot connect to "connect.example.com:443": the connection was
                 refused

    Ctrl-C stops"
  `);
});

test('renderScreen() shows a lost session and a failing upstream at 40 columns', () => {
  expect(renderScreen(reconnecting, { ...plain, columns: 40 })).toMatchInlineSnapshot(`
    "Session      reconnecting in 2 s
    Account      Acme
    Forwards to  http://localhost:3000
    Round trip   49 ms
    Connections  2 open, 1027 total
    Last status  Cannot connect to
                 "connect.example.com:443":
                 the connection was refused

    Ctrl-C stops"
  `);
});

test('renderScreen() shows the end without the hint how to stop', () => {
  const state: ScreenState = { ...online, status: { state: 'closed', reason: 'stopped', error: null } };
  const text = renderScreen(state, { ...plain, columns: 80 });
  expect(text).toContain('Session      stopped by the operator');
  expect(text).not.toContain('Ctrl-C');
});

test('renderScreen() leaves the account out where the server does not tell it', () => {
  expect(renderScreen({ ...online, account: '' }, { ...plain, columns: 80 })).not.toContain('Account');
});

test.each([10, 20, 40, 80])('renderScreen() draws no line longer than %i columns', (columns) => {
  const lines = renderScreen(reconnecting, { ...plain, columns: Math.max(columns, 14) }).split('\n');
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(Math.max(columns, 14));
});

test('renderUrl() keeps the URL whole and on a line of its own, also where the line is too short', () => {
  expect(renderUrl(url, { ...plain, columns: 80 })).toBe(`\n  ${url}\n\n`);
  expect(renderUrl(url, { ...plain, columns: 40 })).toBe(`\n${url}\n\n`);
});

test('colour is used only where it is wanted', () => {
  const escape = '\u001B';
  expect(renderScreen(online, { columns: 80, hasColour: true })).toContain(`${escape}[32monline${escape}[39m`);
  expect(renderScreen(online, { ...plain, columns: 80 })).not.toContain(escape);
  expect(renderUrl(url, { ...plain, columns: 80 })).not.toContain(escape);
});
