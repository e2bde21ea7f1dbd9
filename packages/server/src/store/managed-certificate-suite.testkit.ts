// The part of the store's suite that is about certificates it gets itself: see store-suite.testkit.ts.
import { describe, expect, test } from 'vitest';
import type { ChallengeAnswer, IssuedFacts } from '../domain/managed-certificates.ts';
import type { Store } from '../domain/store.ts';

const hourMs = 3_600_000;

/** @param suiteNowMs The time of the store's clock. */
export function managedCertificateSuite(subject: () => Store, suiteNowMs: number): void {
  const name = 'a.example.com';
  const begin = (holder: string, change: { name?: string; untilMs?: number } = {}) =>
    subject().write((tx) => tx.beginOrder({ name, holder, untilMs: suiteNowMs + hourMs, ...change }));
  const find = () => subject().findManagedCertificate(name);
  const facts: IssuedFacts = {
    ...{ serialNumber: '0a', directoryUrl: 'https://ca.example/directory' },
    ...{ notBeforeMs: suiteNowMs, notAfterMs: suiteNowMs + 3 * hourMs, renewAtMs: suiteNowMs + 2 * hourMs },
  };
  const pem = { cert: 'CHAIN', key: 'KEY-OF-A-CERTIFICATE' };
  const error = { kind: 'dns', message: 'it’s "odd" \u{1f980}' } as const;

  describe('orders of certificates', () => {
    test('are one holder’s until their time is over, and then whoever’s comes first', async () => {
      expect([await begin('one'), await begin('two'), await begin('one')]).toEqual([true, false, false]);
      const attempt = {
        startedAtMs: suiteNowMs,
        untilMs: suiteNowMs + hourMs,
        holder: 'one',
        failures: 0,
        error: null,
      };
      expect(await find()).toEqual({ name, issued: null, attempt });
      expect(await begin('two', { name: 'b.example.com', untilMs: suiteNowMs })).toBe(true);
      expect(await begin('three', { name: 'b.example.com' })).toBe(true);
      expect((await subject().listManagedCertificates()).map((one) => one.name)).toEqual([name, 'b.example.com']);
    });

    test('that failed are not begun again before their time; how often they did is counted', async () => {
      const fail = (holder: string, untilMs: number) =>
        subject().write((tx) => tx.recordFailure(name, { holder, untilMs, error }));
      await begin('one');
      expect(await fail('two', suiteNowMs)).toBe(false);
      expect(await fail('one', suiteNowMs)).toBe(true);
      expect(await find()).toMatchObject({ attempt: { holder: null, untilMs: suiteNowMs, failures: 1, error } });
      expect(await begin('two')).toBe(true);
      expect(await find()).toMatchObject({ attempt: { holder: 'two', failures: 1, error } });
      await fail('two', suiteNowMs + 1);
      expect(await find()).toMatchObject({ attempt: { failures: 2 } });
      expect(await begin('one')).toBe(false);
    });

    test('that were given back can be begun at once, by their holder’s word only', async () => {
      await begin('one');
      await subject().write((tx) => tx.endOrder(name, 'two'));
      expect(await begin('two')).toBe(false);
      await subject().write((tx) => tx.endOrder(name, 'one'));
      expect(await begin('two')).toBe(true);
    });

    test('are counted by domain, once for each name', async () => {
      const names = [
        'example.com',
        '*.example.com',
        'a.example.com',
        'b.a.example.com',
        'notexample.com',
        'example.org',
      ];
      for (const one of names) await begin('one', { name: one });
      const count = (domain: string, sinceMs = suiteNowMs) =>
        subject().write((tx) => tx.countFirstOrders({ domain, sinceMs }));
      expect([await count('example.com'), await count('a.example.com')]).toEqual([4, 2]);
      expect(await count('example.com', suiteNowMs + 1)).toBe(0);
      await subject().write((tx) => tx.recordIssued('a.example.com', { ...facts, pem }));
      await begin('one');
      expect(await count('example.com')).toBe(4);
    });
  });

  describe('certificates of its own', () => {
    test('are kept with what is known of them until the next one or their deletion', async () => {
      await begin('one');
      expect(await subject().readManagedCertificate(name)).toBeUndefined();
      await subject().write((tx) => tx.recordIssued(name, { ...facts, pem }));
      expect(await find()).toEqual({ name, issued: facts, attempt: null });
      expect(await subject().readManagedCertificate(name)).toEqual(pem);
      const next = { ...facts, serialNumber: '0b', pem: { cert: 'NEXT', key: 'NEXT-KEY' } };
      expect(await begin('two')).toBe(true);
      expect(await subject().readManagedCertificate(name)).toEqual(pem);
      await subject().write((tx) => tx.recordIssued(name, next));
      expect(await subject().readManagedCertificate(name)).toEqual(next.pem);
      await subject().write((tx) => tx.deleteManagedCertificate(name));
      expect([await find(), await subject().readManagedCertificate(name)]).toEqual([undefined, undefined]);
    });

    test('stay what they are when the next order fails', async () => {
      await subject().write((tx) => tx.recordIssued(name, { ...facts, pem }));
      await begin('one');
      const failure = { holder: 'one', untilMs: suiteNowMs + 1, error };
      await subject().write((tx) => tx.recordFailure(name, failure));
      expect(await find()).toMatchObject({ issued: facts, attempt: { failures: 1 } });
      expect(await subject().readManagedCertificate(name)).toEqual(pem);
    });
  });

  test('accounts at authorities are kept, one for each directory', async () => {
    const account = { directoryUrl: facts.directoryUrl, accountUrl: null, key: 'KEY-OF-AN-ACCOUNT' };
    const read = (url: string) => subject().readAcmeAccount(url);
    expect(await read(account.directoryUrl)).toBeUndefined();
    await subject().write((tx) => tx.putAcmeAccount(account));
    const registered = { ...account, accountUrl: 'https://ca.example/account/1' };
    await subject().write((tx) => tx.putAcmeAccount(registered));
    expect([await read(account.directoryUrl), await read('https://other.example')]).toEqual([registered, undefined]);
  });

  test('answers to challenges are found by what is asked, until they expire or their order is over', async () => {
    const answer = { name, token: 't1', keyAuthorization: 't1.x', expiresAtMs: suiteNowMs + 2 } as const;
    const answers: ChallengeAnswer[] = [
      { ...answer, type: 'http-01' },
      { ...answer, type: 'http-01', token: 't2' },
      { ...answer, type: 'tls-alpn-01', expiresAtMs: suiteNowMs + 1 },
      { ...answer, type: 'tls-alpn-01', token: 't4' },
      { ...answer, type: 'tls-alpn-01', name: 'old.example.com', expiresAtMs: suiteNowMs },
    ];
    for (const one of answers) await subject().write((tx) => tx.putChallengeAnswer(one));
    const http = (token: string, at = suiteNowMs) =>
      subject().findChallengeAnswer({ name, type: 'http-01', token }, at);
    const alpn = (host: string) => subject().findChallengeAnswer({ name: host, type: 'tls-alpn-01' }, suiteNowMs);
    expect([await http('t1'), await http('t2'), await http('t3')]).toEqual([answers[0], answers[1], undefined]);
    expect([await alpn(name), await alpn('old.example.com')]).toEqual([answers[3], undefined]);
    expect(await http('t1', suiteNowMs + 2)).toBeUndefined();
    const again = { ...answer, type: 'http-01', keyAuthorization: 't1.y' } as const;
    await subject().write((tx) => tx.putChallengeAnswer(again));
    expect(await http('t1')).toEqual(again);
    await subject().write((tx) => tx.deleteChallengeAnswers(name));
    expect([await http('t1'), await alpn(name)]).toEqual([undefined, undefined]);
  });
}
