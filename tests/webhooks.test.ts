import type { RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { runExample } from './support/example.ts';
import { requires } from './support/requires.ts';
import { startServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';

it('examples/webhooks.sh: what a provider signed arrives; what is forged, unsigned or repeated ends at the edge', async (context) => {
  requires(context, ['curl', 'openssl']);
  const server = await startServer();
  const seen: string[] = [];
  const answer: RequestListener = (request, response) => {
    void text(request).then((body) => {
      seen.push(body);
      response.end('thanks');
    });
  };
  const upstream = await startUpstream(answer);
  const { code, stdout, stderr } = await runExample(server, 'webhooks.sh', upstream.port);
  expect([code, stderr], stdout).toEqual([0, '']);
  expect(seen).toEqual(['{"action":"opened","number":7}', '{"type":"event_callback","event":{"type":"app_mention"}}']);
  expect(stdout.replaceAll(/https:\S+/g, 'URL').split('\n')).toEqual([
    'For github: URL',
    '  signed by GitHub: 200 delivered',
    '  without a signature: 403 ERR_ADIT_3204',
    '  signed with another secret: 403 ERR_ADIT_3204',
    '  changed after GitHub signed it: 403 ERR_ADIT_3204',
    'For slack: URL',
    '  signed by Slack: 200 delivered',
    '  the same again: 403 ERR_ADIT_3204',
    '  the same, said to be of another time: 403 ERR_ADIT_3204',
    '  signed by Slack an hour ago: 403 ERR_ADIT_3204',
    '  without a signature: 403 ERR_ADIT_3204',
    'Two deliveries went to your service; everything else ended at the edge.',
    '',
  ]);
});
