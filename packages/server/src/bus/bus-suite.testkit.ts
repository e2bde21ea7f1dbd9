// What every bus must do inside one process. Each bus's test calls this with its own opener.
import { newId } from '@adit/contracts';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Log } from '../domain/log.ts';
import type { Bus, Notice } from '../domain/notices.ts';

export const revoked: Notice = {
  type: 'credential-revoked',
  accountId: newId('account', 0),
  credentialId: newId('credential', 0),
};

type Open = (log: Pick<Log, 'error'>) => Promise<{ bus: Bus; dispose(): Promise<void> }>;

export function busSuite(name: string, open: Open): void {
  describe(`${name}, as every bus,`, () => {
    async function openForTest(log: Pick<Log, 'error'> = { error: () => expect.unreachable() }): Promise<Bus> {
      const { bus, dispose } = await open(log);
      onTestFinished(dispose);
      return bus;
    }

    test('publish() has told every subscriber when it returns, in the order of subscription', async () => {
      const bus = await openForTest();
      const heard: string[] = [];
      bus.subscribe(({ type }) => heard.push(`first ${type}`));
      bus.subscribe(({ type }) => heard.push(`second ${type}`));
      bus.publish(revoked);
      expect(heard).toEqual(['first credential-revoked', 'second credential-revoked']);
    });

    test('publish() tells of certificates, by name', async () => {
      const bus = await openForTest();
      const heard: Notice[] = [];
      bus.subscribe((notice) => void heard.push(notice));
      bus.publish({ type: 'certificate-changed', name: '*.example.com' });
      expect(heard).toEqual([{ type: 'certificate-changed', name: '*.example.com' }]);
    });

    test('publish() logs a subscriber that throws and tells the others', async () => {
      const logged: unknown[] = [];
      const bus = await openForTest({ error: (fields) => logged.push(fields) });
      const failure = new Error('boom');
      let heard = 0;
      bus.subscribe(() => {
        throw failure;
      });
      bus.subscribe(() => void heard++);
      bus.publish(revoked);
      expect(heard).toBe(1);
      expect(logged).toEqual([{ err: failure, notice: 'credential-revoked' }]);
    });

    test('subscribe() answers the end of that one subscription', async () => {
      const bus = await openForTest();
      let heard = 0;
      const receive = () => void heard++;
      const end = bus.subscribe(receive);
      bus.subscribe(receive);
      end();
      end();
      bus.publish(revoked);
      expect(heard).toBe(1);
    });

    test('publish() skips nobody when a subscriber leaves during delivery', async () => {
      const bus = await openForTest();
      const heard: string[] = [];
      const end = bus.subscribe(() => {
        end();
        heard.push('leaves');
      });
      bus.subscribe(() => heard.push('stays'));
      bus.publish(revoked);
      bus.publish(revoked);
      expect(heard).toEqual(['leaves', 'stays', 'stays']);
    });
  });
}
