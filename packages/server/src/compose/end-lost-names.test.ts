import type { Id } from '@adit/contracts';
import { expect, onTestFinished, test } from 'vitest';
import { codeOf, principals, settle, startWorld, type TokenName } from '../links/agent/test-agent.testkit.ts';
import { endLostNames } from './end-lost-names.ts';

const ours = principals.ours.accountId;
const theirs = principals.theirs.accountId;

type Account = Id<'account'>;
type What = { host: string } | { port: number };
const at = (name: string): What => (/^\d+$/.test(name) ? { port: Number(name) } : { host: name });

function start() {
  const world = startWorld();
  const { reservations, directory, sessions } = world;
  const log = { info: (fields: object) => void world.log.push(JSON.stringify(fields)) };
  onTestFinished(endLostNames(reservations, { directory, agents: sessions, cloud: { stop: () => undefined }, log }));
  const reserve = (id: string, accountId: Account, what: What) => reservations.set({ id, accountId, ...what });
  const bind = async (name: string, token: TokenName = 'ours') => {
    const agent = world.connect();
    await agent.auth(token);
    const isPort = /^\d+$/.test(name);
    const bound = await agent.bind(
      isPort ? { Proto: 'tcp', Opts: { Addr: `localhost:${name}` } } : { Opts: { Domain: name } },
    );
    return { agent, bound };
  };
  const online = () => [ours, theirs].flatMap((account) => directory.list(account).map(({ url }) => url));
  return { ...world, reserve, bind, online };
}

const ext = 'ext.example.com';

test.each([ext, `x.${ext}`, `*.${ext}`])('%s goes offline with the reservation that it rested on', async (host) => {
  const { reserve, bind, reservations, directory, online, cut } = start();
  reserve('rd', ours, { host: ext });
  const { agent, bound } = await bind(host);
  const told = agent.nextStream();
  reservations.delete('rd');
  expect([online(), cut, directory.isKnownHost(`x.${ext}`)]).toEqual([[], [bound.Id], false]);
  expect(String(await (await told).toArray())).toContain('no right to the name');
});

test.each<[string, string]>([
  [`x.${ext}`, `x.${ext}`],
  [`x.${ext}`, `*.${ext}`],
])('%s stays online as long as %s is reserved, too', async (host, other) => {
  const { reserve, bind, reservations, online } = start();
  reserve('rd', ours, { host: ext });
  reserve('other', ours, { host: other });
  await bind(host);
  reservations.delete('rd');
  expect(online()).toHaveLength(1);
  reservations.delete('other');
  expect(online()).toEqual([]);
});

test('below the server’s domain a name may be used without being reserved', async () => {
  const { reserve, bind, reservations, online } = start();
  reserve('rd', ours, { host: 'app.localhost' });
  await bind('app.localhost');
  reservations.delete('rd');
  expect(online()).toHaveLength(1);
});

test.each([
  ['app.localhost', 'app.localhost'],
  ['x.app.localhost', 'app.localhost'],
  ['*.app.localhost', 'app.localhost'],
  ['*.app.localhost', 'x.app.localhost'],
  ['app.localhost', '*.localhost'],
  ['20001', '20001'],
])('%s goes offline when another account has reserved %s elsewhere', async (name, reserved) => {
  const { reserve, bind, online, openPorts } = start();
  await bind(name);
  reserve('rd', theirs, at(reserved));
  expect([online(), [...openPorts]]).toEqual([[], []]);
  expect(codeOf((await bind(name)).bound)).toBe('ERR_NGROK_320');
});

test.each([
  ['app.localhost', 'x.app.localhost'],
  ['app.localhost', 'xapp.localhost'],
  ['app.localhost', '*.app.localhost'],
  ['20001', '20002'],
])('%s stays online when another account has reserved %s', async (name, reserved) => {
  const { reserve, bind, online } = start();
  await bind(name);
  reserve('rd', theirs, at(reserved));
  expect(online()).toHaveLength(1);
});

test('what is held is let go of', async () => {
  const { reserve, bind, directory, clock } = start();
  const { agent } = await bind('app.localhost');
  agent.transport.destroy();
  await settle();
  expect(directory.isHeld('https', 'app.localhost')).toBe(true);
  const timers = clock.pendingTimers;
  reserve('rd', theirs, { host: 'app.localhost' });
  expect(directory.isHeld('https', 'app.localhost')).toBe(false);
  expect(clock.pendingTimers).toBe(timers - 1);
});

test('a name that passes to another account is the new one’s at once', async () => {
  const { reserve, bind, reservations, online } = start();
  reserve('old', ours, { host: ext });
  await bind(ext);
  reserve('new', theirs, { host: ext });
  expect(online()).toEqual([]);
  reservations.delete('old');
  const { bound } = await bind(ext, 'theirs');
  expect(bound['URL']).toContain(ext);
});

test('an endpoint that is just being opened does not outlive the reservation that it rests on', async () => {
  const { reserve, reservations, connect, hooks, online } = start();
  reserve('rd', ours, { host: ext });
  const agent = connect();
  await agent.auth();
  hooks.compileChain = async () => reservations.delete('rd');
  expect(codeOf(await agent.bind({ Opts: { Domain: ext } }))).toBe('ERR_NGROK_319');
  expect(online()).toEqual([]);
});

test('many changes at once are as each of them', async () => {
  const { reservations, reserve, bind, online } = start();
  reserve('rd', ours, { host: ext });
  await bind(ext);
  await bind('app.localhost');
  await bind('kept.localhost');
  const many = Array.from({ length: 1000 }, (_, n) => ({ id: `rd${n}`, accountId: theirs, host: `n${n}.localhost` }));
  reservations.replaceAll([...many, { id: 'app', accountId: theirs, host: 'app.localhost' }]);
  expect(online()).toEqual([expect.stringContaining('kept.localhost')]);
});

test('what is set again as it was changes nothing', () => {
  const { reservations, reserve } = start();
  const told: unknown[] = [];
  reserve('rd', ours, { host: ext });
  onTestFinished(reservations.watch((changed) => told.push(...changed)));
  reserve('rd', ours, { host: ext });
  reservations.replaceAll([{ id: 'rd', accountId: ours, host: ext }]);
  expect(told).toEqual([]);
});
