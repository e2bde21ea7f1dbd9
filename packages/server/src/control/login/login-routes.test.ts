import type { InjectOptions } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Clock } from '../../domain/clock.ts';
import { type ApiLimits, defaultApiLimits } from '../api-limits.ts';
import { addPerson, openWorld, type Person, type World } from '../control.testkit.ts';
import { cheapPasswords } from './login.testkit.ts';
import { defaultLoginLimits } from './login-limits.ts';
import { setLogin, testCode } from './login-state.testkit.ts';
import { LoginThrottle } from './login-throttle.ts';

const password = 'three words together';
const newPassword = 'other words together';
let world: World;
let zoe: Person;
beforeEach(() => open());
afterEach(() => world.dispose());

/** With the throttle of a real server. */
async function open(limits: ApiLimits = defaultApiLimits): Promise<void> {
  const clock: Clock = {
    now: () => world.clock.now(),
    timeOfDay: () => world.clock.timeOfDay(),
    after: () => () => undefined,
  };
  world = await openWorld({ limits, logins: { passwords: cheapPasswords(), throttle: new LoginThrottle(clock) } });
  zoe = await addPerson(world.store, 'developer');
  await setLogin(world.store, zoe.userId, { password: { text: password } });
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly retryAfter: unknown;
}

async function send(request: InjectOptions): Promise<Answer> {
  const { statusCode: status, body, headers } = await world.app.inject(request);
  const json = JSON.parse(body || '{}') as Record<string, unknown>;
  return { status, body: json, retryAfter: headers['retry-after'] };
}

const logIn = (claim: object, headers: Record<string, string> = {}) =>
  send({
    method: 'POST',
    url: '/login',
    payload: { user: zoe.userId, password, kind: 'authtoken', ...claim },
    headers,
  });

const call = (method: 'PUT' | 'POST', below: string, payload: object, headers = {}) =>
  send({
    ...{ method, url: `/users/${zoe.userId}/${below}`, payload },
    headers: { authorization: `Bearer ${zoe.key}`, ...headers },
  });

const codeIn = ({ body }: Answer) => body['error_code'];
const code = () => testCode(world.clock.timeOfDay());

test('a login makes an authtoken or an API key, which works', async () => {
  const made = await logIn({ description: 'laptop' });
  const { accountId: account_id, userId: owner_id } = zoe;
  expect(made).toMatchObject({ status: 201, body: { account_id, owner_id, description: 'laptop', kind: 'authtoken' } });
  expect(made.body['token']).toMatch(/^adit_at_/);
  const { body: key } = await logIn({ kind: 'api_key', account: account_id });
  const authorization = `Bearer ${String(key['token'])}`;
  const shown = await send({ url: `/credentials/${String(made.body['id'])}`, headers: { authorization } });
  expect([shown.status, shown.body['uri'], shown.body['token']]).toEqual([200, made.body['uri'], undefined]);
});

test('all that is wrong gets one answer, to the letter, in the same number of steps to the first wait', async () => {
  const claims = [{ password: 'wrong' }, { user: 'nobody' }, { user: 'usr_0' }, { account: 'nowhere' }];
  await setLogin(world.store, zoe.userId, { password: { text: password }, totp: 'confirmed' });
  const texts: unknown[] = [];
  for (const [i, claim] of [...claims, { code: '000000' }, { code: 'aaaa-aaaa-aaaa-aaaa' }].entries()) {
    const headers = { 'x-forwarded-for': `192.0.2.${i}` };
    const answers: Answer[] = [];
    for (let n = 0; n < defaultLoginLimits.freeFailures + 2; n++) {
      // Under a spelling of the name of its own, or the waits would be each other's.
      answers.push(await logIn(i > 3 ? { account: i === 4 ? zoe.accountId : 'an account', ...claim } : claim, headers));
    }
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 401, 429]);
    expect(answers.at(-1)?.retryAfter).toBe('1');
    texts.push(JSON.stringify(answers).replaceAll(/op_\w+/g, 'op'));
  }
  expect(new Set(texts).size).toBe(1);
});

test('an id of a service user, or a key’s owner without a password, cannot log in', async () => {
  const bot = await addPerson(world.store, 'developer', zoe.accountId, 'serviceUser');
  const ada = await addPerson(world.store, 'administrator', zoe.accountId);
  for (const { userId: user } of [bot, ada]) expect(codeIn(await logIn({ user }))).toBe('ERR_ADIT_9140');
});

test.each<[string, object, number]>([
  ['without a password', { password: undefined }, 400],
  ['with a field too many', { passwort: password }, 400],
  ['for another kind of key', { kind: 'certificate' }, 400],
  ['with a body that is too large', { password: 'x'.repeat(20_000) }, 413],
])('a login %s is refused without the password in the answer', async (_, claim, status) => {
  const answer = await logIn(claim);
  expect(answer.status).toBe(status);
  expect(JSON.stringify(answer)).not.toContain(password);
});

test('a second factor is set up, asked for, and removed', async () => {
  const begun = await call('POST', 'totp', { current_password: password });
  expect(begun).toMatchObject({ status: 201, body: { secret: expect.stringMatching(/^[A-Z2-7]{32}$/) as unknown } });
  expect(begun.body['uri']).toBe(
    `otpauth://totp/Adit%20api.localhost:developer?secret=${String(begun.body['secret'])}&issuer=Adit%20api.localhost`,
  );
  expect((await logIn({})).status).toBe(201);
  // With a seed whose codes are known here.
  await setLogin(world.store, zoe.userId, { totp: 'begun' });
  expect(codeIn(await call('POST', 'totp/confirm', { code: '000000' }))).toBe('ERR_ADIT_9140');
  const { body } = await call('POST', 'totp/confirm', { code: code() });
  const codes = body['recovery_codes'] as string[];
  expect(new Set(codes).size).toBe(10);
  for (const one of codes) expect(one).toMatch(/^(?:[a-z2-7]{4}-){3}[a-z2-7]{4}$/);
  expect(codeIn(await call('POST', 'totp/confirm', { code: code() }))).toBe('ERR_ADIT_9146');
  expect(codeIn(await call('POST', 'totp', { current_password: password }))).toBe('ERR_ADIT_9146');
  // The code that confirmed it is used up.
  expect([codeIn(await logIn({})), codeIn(await logIn({ code: code() }))]).toEqual(['ERR_ADIT_9141', 'ERR_ADIT_9140']);
  world.clock.advance(30_000);
  expect((await logIn({ code: code() })).status).toBe(201);
  expect([(await logIn({ code: codes[0] })).status, (await logIn({ code: codes[0] })).status]).toEqual([201, 401]);
  expect((await call('POST', 'totp/remove', { code: codes[0] })).status).toBe(401);
  expect((await call('POST', 'totp/remove', { code: codes[1] })).status).toBe(204);
  expect((await logIn({})).status).toBe(201);
  expect(codeIn(await call('POST', 'totp/remove', { code: codes[2] }))).toBe('ERR_ADIT_9147');
  const actions = (await world.store.listAudit(zoe.accountId, 20)).map(({ action }) => action).reverse();
  expect(actions.filter((action) => action.includes('second_factor'))).toEqual([
    ...['user.add_second_factor', 'user.remove_second_factor'],
  ]);
});

test('a password is changed by who knows the one there is', async () => {
  const change = (current_password: string, new_password: string) =>
    call('PUT', 'password', { current_password, new_password });
  expect(codeIn(await change('wrong', newPassword))).toBe('ERR_ADIT_9140');
  expect(codeIn(await change(password, 'short'))).toBe('ERR_ADIT_9144');
  expect((await change(password, newPassword)).status).toBe(204);
  expect([(await logIn({})).status, (await logIn({ password: newPassword })).status]).toEqual([401, 201]);
  const ada = await addPerson(world.store, 'administrator');
  const url = `/users/${ada.userId}/password`;
  const payload = { current_password: password, new_password: newPassword };
  const headers = { authorization: `Bearer ${ada.key}` };
  expect(codeIn(await send({ method: 'PUT', url, payload, headers }))).toBe('ERR_ADIT_9148');
});

test('who guesses with a key that he has found is slowed down as well', async () => {
  const guesses: unknown[] = [];
  await setLogin(world.store, zoe.userId, { totp: 'confirmed' });
  for (let i = 0; i < 4; i++) {
    guesses.push(codeIn(await call('PUT', 'password', { current_password: 'wrong', new_password: newPassword })));
    guesses.push(codeIn(await call('POST', 'totp/remove', { code: '000000' })));
  }
  expect(guesses).toEqual([...Array<string>(6).fill('ERR_ADIT_9140'), 'ERR_ADIT_9145', 'ERR_ADIT_9145']);
});

test('an idempotency key is refused: nothing secret is kept', async () => {
  const headers = { 'idempotency-key': 'once' };
  const answers = [
    await logIn({}, headers),
    await call('PUT', 'password', { current_password: password, new_password: newPassword }, headers),
    await call('POST', 'totp', { current_password: password }, headers),
    await call('POST', 'totp/confirm', { code: code() }, headers),
    await call('POST', 'totp/remove', { code: code() }, headers),
  ];
  expect(answers.map(codeIn)).toEqual(Array(5).fill('ERR_ADIT_215'));
  expect((await logIn({})).status).toBe(201);
});

test('an account that is full of credentials gets no more of them', async () => {
  await world.dispose();
  await open({ ...defaultApiLimits, maxCredentialsPerAccount: 2 });
  expect([(await logIn({})).status, codeIn(await logIn({}))]).toEqual([201, 'ERR_ADIT_9110']);
});

test.each([
  [undefined, 201],
  ['https://api.localhost:8443', 201],
  ['https://api.localhost', 'ERR_ADIT_9149'],
  ['https://tool.example', 'ERR_ADIT_9149'],
  ['null', 'ERR_ADIT_9149'],
])('a page of %s logs in: %s', async (origin, outcome) => {
  const answer = await logIn({}, origin === undefined ? {} : { origin });
  expect(answer.status === 201 ? 201 : codeIn(answer)).toBe(outcome);
});

test('what was refused is in the log, without what was typed', async () => {
  await logIn({ user: 'a password in the wrong field' });
  expect(world.logged).toEqual([expect.objectContaining({ code: 9140 })]);
  expect(JSON.stringify(world.logged)).not.toContain('wrong field');
});
