import { AditError } from '@adit/contracts';
import { handClock } from '@adit/sdk/testkit/hand-clock';
import { expect, test } from 'vitest';
import { LineView } from './line-view.ts';
import { recordOutput } from './output.testkit.ts';

const t = '2026-01-01T00:00:00.000Z';
const upstreamUrl = 'http://localhost:3000';
const lost = new AditError(9301, 'Cannot connect to "a:443": no answer');
const refused = new AditError(8012, 'Cannot reach "http://localhost:3000": the connection was refused');

function setUp(format: 'json' | 'term') {
  const stdout = recordOutput();
  const stderr = recordOutput();
  const clock = handClock();
  const view = new LineView({ stdout: stdout.stream, stderr: stderr.stream, format, upstreamUrl, clock });
  const lines = () => stdout.text.split('\n').filter(Boolean);
  return { view, clock, stderr, stdout, lines, json: () => lines().map((line) => JSON.parse(line) as unknown) };
}

test('LineView tells the life of a session in JSON lines', () => {
  const { view, json } = setUp('json');
  view.status({ state: 'online', account: 'Acme', serverVersion: '0.1.0' });
  view.forward({ state: 'online', id: 'ep_1', url: 'https://app.localhost' });
  view.status({ state: 'reconnecting', error: lost, attempt: 0, retryInMs: 0 });
  view.status({ state: 'reconnecting', error: lost, attempt: 1, retryInMs: 180 });
  view.status({ state: 'online', account: 'Acme', serverVersion: '0.1.0' });
  view.forward({ state: 'online', id: 'ep_1', url: 'https://app.localhost' });
  view.end(null);
  const failure = { err: lost.message, code: 'ERR_ADIT_9301' };
  expect(json()).toEqual([
    { lvl: 'info', msg: 'session online', account: 'Acme', t },
    { lvl: 'info', msg: 'started tunnel', url: 'https://app.localhost', addr: upstreamUrl, t },
    { lvl: 'warn', msg: 'session lost, reconnecting', ...failure, retryInMs: 0, t },
    { lvl: 'warn', msg: 'reconnect failed, trying again', ...failure, retryInMs: 180, t },
    { lvl: 'info', msg: 'session online', account: 'Acme', t },
    { lvl: 'info', msg: 'stopped', t },
  ]);
});

test('LineView says again where the tunnel is when its URL changed', () => {
  const { view, json } = setUp('json');
  view.forward({ state: 'online', id: 'ep_1', url: 'https://a.localhost' });
  view.forward({ state: 'online', id: 'ep_2', url: 'https://b.localhost' });
  expect(json()).toMatchObject([{ url: 'https://a.localhost' }, { url: 'https://b.localhost' }]);
});

test('LineView tells of failing upstreams at most once a second, and of how many it said nothing', () => {
  const { view, clock, json } = setUp('json');
  const fail = () =>
    view.connection({ state: 'closed', forwardId: 'ep_1', clientAddress: '192.0.2.1:1', error: refused });
  for (let i = 0; i < 5; i++) fail();
  clock.advance(1000);
  fail();
  expect(json()).toMatchObject([
    { msg: 'upstream failed', code: 'ERR_ADIT_8012', unsaid: 0 },
    { msg: 'upstream failed', unsaid: 4 },
  ]);
});

test('LineView ends with the error on both outputs: for the program and for the person', () => {
  const { view, json, stderr } = setUp('json');
  view.end(new AditError(107));
  expect(json()).toMatchObject([{ lvl: 'error', msg: 'failed', code: 'ERR_ADIT_107' }]);
  expect(stderr.text).toBe(
    'adit: The authtoken is invalid or was revoked\nAsk an administrator for a new authtoken. (ERR_ADIT_107)\n',
  );
});

test('LineView writes plain lines where terminal format is wanted and there is no terminal', () => {
  const { view, lines } = setUp('term');
  view.forward({ state: 'online', id: 'ep_1', url: 'https://a.localhost' });
  expect(lines()).toEqual([`${t} info started tunnel url="https://a.localhost" addr="http://localhost:3000"`]);
});
