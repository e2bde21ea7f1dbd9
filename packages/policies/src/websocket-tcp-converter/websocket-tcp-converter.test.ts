import { SampleContext, sampleHost, testPolicy } from '@adit/policy-kit/testkit';
import { expect, test } from 'vitest';
import { websocketTcpConverter } from './websocket-tcp-converter.ts';

const isUnwrapped = (expected: boolean) => ({
  expected: expected ? 'continue' : 'no-websocket',
  check: ({ request }: SampleContext) => expect(request.isUnwrapped).toBe(expected),
});

testPolicy(websocketTcpConverter, {
  decisions: [
    {
      title: 'has WebSockets unwrapped',
      config: {},
      request: { upgrade: ['websocket'] },
      ...isUnwrapped(true),
    },
    {
      title: 'has those unwrapped that another protocol would do for as well',
      config: {},
      request: { upgrade: ['other/1', 'websocket'] },
      ...isUnwrapped(true),
    },
    { title: 'refuses other requests', config: {}, request: { method: 'POST', body: 'x' }, ...isUnwrapped(false) },
    { title: 'refuses other protocols', config: {}, request: { upgrade: ['websockets'] }, ...isUnwrapped(false) },
    {
      title: 'does not believe a header line alone',
      config: {},
      request: { headers: { upgrade: 'websocket', connection: 'upgrade' } },
      ...isUnwrapped(false),
    },
  ],
  refusals: [{ title: 'refuses settings', config: { enabled: true }, code: 9600, names: 'enabled' }],
});

test('websocket-tcp-converter lets live streams go on that are WebSockets, and no others', async () => {
  const { recheck } = await websocketTcpConverter.prepare({}, sampleHost());
  expect(recheck?.(new SampleContext({ request: { upgrade: ['websocket'] } })).outcome).toBe('continue');
  expect(recheck?.(new SampleContext({ request: {} })).outcome).toBe('deny');
});
