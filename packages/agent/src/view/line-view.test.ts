import { AditError } from '@adit/contracts';
import { handClock } from '@adit/sdk/testkit/hand-clock';
import { expect, test } from 'vitest';
import type { AgentView } from './agent-view.ts';
import { LineView } from './line-view.ts';
import type { LogFormat, LogLevel } from './log-line.ts';
import { TestTerminal } from './terminal.testkit.ts';
import { defaultViewLimits as limits } from './view-limits.ts';

const t = '2026-01-01T00:00:00.000Z';
const endpoint = { id: 'ep_1', url: 'https://app.localhost', upstreamUrl: 'http://localhost:3000' };
const lost = new AditError(9301, 'Cannot connect to "a:443": no answer');
const refused = new AditError(8012, 'Cannot reach "http://localhost:3000": the connection was refused');
const online = { state: 'online', account: 'Acme', serverVersion: '0.1.0' } as const;

function setUp(format: LogFormat, level: LogLevel = 'info') {
  const output = new TestTerminal(1_000);
  const clock = handClock();
  const view: AgentView = new LineView({ output, format, level, clock, heartbeatIntervalMs: () => 10_000 });
  const lines = () => output.text.split('\n').filter(Boolean);
  const fail = (error: AditError | null, forwardId = 'ep_1') =>
    view.connection({ state: error ? 'closed' : 'reached', forwardId, clientAddress: '192.0.2.1:1', error });
  return { view, clock, lines, fail, json: () => lines().map((line) => JSON.parse(line) as unknown) };
}

test('LineView tells the life of a session in JSON lines', () => {
  const { view, json } = setUp('json');
  view.status(online);
  view.inspector('http://127.0.0.1:4040');
  view.forward({ state: 'online', id: 'ep_1', url: endpoint.url });
  view.endpoint({ ...endpoint, name: 'web' });
  view.status({ state: 'reconnecting', error: lost, attempt: 0, retryInMs: 0 });
  view.status({ state: 'reconnecting', error: lost, attempt: 1, retryInMs: 180 });
  view.status(online);
  view.forward({ state: 'waiting', id: 'ep_1', url: endpoint.url, error: new AditError(334, 'it is taken') });
  view.forward({ state: 'online', id: 'ep_1', url: endpoint.url });
  view.forward({ state: 'closed', id: 'ep_1', url: endpoint.url, error: null });
  view.end(null);
  const failure = { err: lost.message, code: 'ERR_ADIT_9301' };
  expect(json()).toEqual([
    { lvl: 'info', msg: 'session online', account: 'Acme', serverVersion: '0.1.0', t },
    { lvl: 'info', msg: 'inspector started', addr: 'http://127.0.0.1:4040', t },
    { lvl: 'info', msg: 'started tunnel', name: 'web', url: endpoint.url, addr: endpoint.upstreamUrl, t },
    { lvl: 'warn', msg: 'session lost, reconnecting', ...failure, retryInMs: 0, t },
    { lvl: 'warn', msg: 'reconnect failed, trying again', ...failure, retryInMs: 180, t },
    { lvl: 'info', msg: 'session online', account: 'Acme', serverVersion: '0.1.0', t },
    {
      lvl: 'warn',
      msg: 'tunnel refused, trying again',
      url: endpoint.url,
      err: 'it is taken',
      code: 'ERR_ADIT_334',
      t,
    },
    { lvl: 'info', msg: 'stopped tunnel', url: endpoint.url, t },
    { lvl: 'info', msg: 'stopped', by: 'user', t },
  ]);
});

test('LineView says again where an endpoint is when its URL changed, and why one is over', () => {
  const { view, json } = setUp('json');
  const live = { ...endpoint };
  view.endpoint(live);
  live.url = 'https://b.localhost';
  view.forward({ state: 'online', id: 'ep_1', url: live.url });
  view.forward({ state: 'closed', id: 'ep_1', url: live.url, error: new AditError(9305, 'stopped by Ann') });
  expect(json()).toMatchObject([
    { msg: 'started tunnel', url: 'https://app.localhost' },
    { msg: 'started tunnel', url: 'https://b.localhost' },
    { msg: 'tunnel failed', lvl: 'error', url: 'https://b.localhost', err: 'stopped by Ann' },
  ]);
});

test('LineView has the labels of a tunnel in place of its URL, also under a new id', () => {
  const { view, fail, json } = setUp('json');
  const live = { id: 'ep_1', url: '', labels: { app: 'shop', zone: 'a' }, upstreamUrl: 'http://localhost:3000' };
  view.endpoint(live);
  live.id = 'ep_2';
  view.forward({ state: 'online', id: 'ep_2', url: '' });
  fail(refused, 'ep_2');
  fail(null, 'ep_2');
  view.forward({ state: 'waiting', id: 'ep_2', url: '', error: new AditError(324) });
  view.forward({ state: 'closed', id: 'ep_2', url: '', error: new AditError(399) });
  const lines = json() as Record<string, unknown>[];
  expect(lines.map(({ msg, labels, url }) => [msg, labels, url])).toEqual(
    ['started tunnel', 'upstream failed', 'upstream works again', 'tunnel refused, trying again', 'tunnel failed'].map(
      (msg) => [msg, 'app=shop zone=a', undefined],
    ),
  );
});

test('LineView tells of a failing upstream once a second, of how many it said nothing, and when it is back', () => {
  const { view, clock, fail, json } = setUp('json');
  view.endpoint(endpoint);
  view.endpoint({ ...endpoint, id: 'ep_2', url: 'https://b.localhost' });
  for (let i = 0; i < 5; i++) fail(refused);
  fail(refused, 'ep_2');
  clock.advance(limits.failureIntervalMs);
  fail(refused);
  fail(null);
  fail(null);
  expect(json().slice(2)).toMatchObject([
    { msg: 'upstream failed', url: endpoint.url, addr: endpoint.upstreamUrl, code: 'ERR_ADIT_8012', unsaid: 0 },
    { msg: 'upstream failed', url: 'https://b.localhost', unsaid: 0 },
    { msg: 'upstream failed', url: endpoint.url, unsaid: 4 },
    { msg: 'upstream works again', url: endpoint.url },
  ]);
  expect(json()).toHaveLength(6);
});

test('LineView says once that the link is silent, and again for the next silence', () => {
  const { view, clock, json } = setUp('json', 'warn');
  view.status(online);
  clock.advance(60_000);
  view.roundTrip(1);
  clock.advance(60_000);
  view.end(null);
  clock.advance(60_000);
  const silence = { lvl: 'warn', msg: 'no heartbeat', silentMs: 12_000 };
  expect(json()).toMatchObject([silence, silence]);
});

test('LineView does not wait for beats while it is offline', () => {
  const { view, clock, json } = setUp('json', 'warn');
  view.status(online);
  view.status({ state: 'reconnecting', error: lost, attempt: 0, retryInMs: 0 });
  view.roundTrip(1);
  clock.advance(60_000);
  expect(json()).toMatchObject([{ msg: 'session lost, reconnecting' }]);
});

test('LineView shows requests where all is wanted, without their query', () => {
  const { view, json } = setUp('json', 'debug');
  view.request({ method: 'GET', path: '/a?token=secret#x', status: 204, durationMs: 3.7 });
  view.request({ method: 'GET', path: '/b', status: null, durationMs: 1 });
  expect(json()).toMatchObject([
    { lvl: 'debug', msg: 'request', method: 'GET', path: '/a', status: 204, durationMs: 4 },
    { path: '/b', status: 0 },
  ]);
});

test('LineView leaves out what is below its level', () => {
  const { view, json } = setUp('json', 'crit');
  view.status(online);
  view.warning('old');
  view.request({ method: 'GET', path: '/', status: 200, durationMs: 1 });
  view.end(new AditError(107));
  view.end(null);
  const { title, help } = new AditError(107).row;
  expect(json()).toEqual([{ lvl: 'crit', msg: 'failed', err: title, code: 'ERR_ADIT_107', help, t }]);
});

test('LineView writes plain lines for people and pairs for programs', () => {
  const term = setUp('term');
  term.view.endpoint(endpoint);
  expect(term.lines()).toEqual([`${t} info  started tunnel url=https://app.localhost addr=http://localhost:3000`]);
  const logfmt = setUp('logfmt');
  logfmt.view.endpoint(endpoint);
  expect(logfmt.lines()).toEqual([
    `t=${t} lvl=info msg="started tunnel" url=https://app.localhost addr=http://localhost:3000`,
  ]);
});

test.each([
  ['closed', 'user'],
  ['stopped', 'operator'],
] as const)('LineView says of a session that is %s that the %s stopped it', (reason, by) => {
  const { view, json } = setUp('json');
  view.status({ state: 'online', account: '', serverVersion: '' });
  view.status({ state: 'closed', reason, error: null });
  view.end(null);
  expect(json().at(-1)).toMatchObject({ msg: 'stopped', by });
});

test('LineView tells of a restart, and of one that failed', () => {
  const { view, json } = setUp('json');
  view.restarted(null);
  view.restarted(new AditError(9201, 'Cannot use "x"'));
  expect(json()).toMatchObject([
    { msg: 'restarted', lvl: 'info' },
    { msg: 'restart failed, going on as before', lvl: 'error', err: 'Cannot use "x"', code: 'ERR_ADIT_9201' },
  ]);
});
