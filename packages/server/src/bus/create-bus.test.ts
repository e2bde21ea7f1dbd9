import { newId } from '@adit/contracts';
import { expect, test } from 'vitest';
import type { Notice } from '../domain/notices.ts';
import { createBus } from './create-bus.ts';

const notice: Notice = {
  type: 'credential-revoked',
  accountId: newId('account', 0),
  credentialId: newId('credential', 0),
};

test('publish() has told every subscriber when it returns, in the order of subscription', () => {
  const bus = createBus({ error: () => expect.unreachable() });
  const heard: string[] = [];
  bus.subscribe((heardNotice) => heard.push(`first ${heardNotice.type}`));
  bus.subscribe((heardNotice) => heard.push(`second ${heardNotice.type}`));
  bus.publish(notice);
  expect(heard).toEqual(['first credential-revoked', 'second credential-revoked']);
});

test('publish() logs a subscriber that throws and tells the others', () => {
  const logged: unknown[] = [];
  const bus = createBus({ error: (fields) => logged.push(fields) });
  const failure = new Error('boom');
  let heard = 0;
  bus.subscribe(() => {
    throw failure;
  });
  bus.subscribe(() => void heard++);
  bus.publish(notice);
  expect(heard).toBe(1);
  expect(logged).toEqual([{ err: failure, notice: 'credential-revoked' }]);
});

test('subscribe() answers the end of that one subscription', () => {
  const bus = createBus({ error: () => expect.unreachable() });
  let heard = 0;
  const receive = () => void heard++;
  const end = bus.subscribe(receive);
  bus.subscribe(receive);
  end();
  end();
  bus.publish(notice);
  expect(heard).toBe(1);
});

test('publish() skips nobody when a subscriber leaves during delivery', () => {
  const bus = createBus({ error: () => expect.unreachable() });
  const heard: string[] = [];
  const end = bus.subscribe(() => {
    end();
    heard.push('leaves');
  });
  bus.subscribe(() => heard.push('stays'));
  bus.publish(notice);
  bus.publish(notice);
  expect(heard).toEqual(['leaves', 'stays', 'stays']);
});
