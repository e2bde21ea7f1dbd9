import { type Decision, proceed } from '@adit/policy-kit';
import { expect, test } from 'vitest';
import { FakeChain } from '../../domain/fake-chain.testkit.ts';
import type { InternalRoute, Route } from '../../domain/route.ts';
import { fakeLink, fakeRoute, renewed, request, startFront, until } from './http-front.testkit.ts';

const denied = { outcome: 'deny', reason: 'restrict-ips/not-in-allow-list', code: 3205 } as const;

test('an internal endpoint that is replaced while its policies decide is asked anew', async () => {
  const front = await startFront();
  const slow = Promise.withResolvers<Decision>();
  const link = fakeLink((_, answer) => answer.end('reached'));
  const chain = new FakeChain({ request: () => slow.promise });
  const inner = front.publish(fakeRoute('inner.internal', { link, chain, endpoint: { binding: 'internal' } }));
  const sendOn = (): Decision => {
    const route = front.routes.get('https inner.internal') as Route;
    const target: InternalRoute = { url: 'https://inner.internal', route };
    return { outcome: 'reroute', reason: 'forward-internal/forwarded', target };
  };
  front.publish(fakeRoute('app.example.test', { link, chain: new FakeChain({ request: sendOn }) }));
  const answer = request(front.port);
  await until(() => chain.requests === 1);
  front.publish(renewed(inner, { chain: new FakeChain({ request: () => denied }) }));
  slow.resolve(proceed);
  expect((await answer).status).toBe(403);
  expect(link.opened).toHaveLength(0);
});
