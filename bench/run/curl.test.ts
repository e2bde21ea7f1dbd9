import { expect, it } from 'vitest';
import type { VisitorJob } from '../job.ts';
import { curlArguments, readTransfer } from './curl.ts';

const target = { port: 8443, tls: true, serverName: 'a.localhost', ca: '', hostHeader: 'a.localhost:8443' };
const job: VisitorJob = {
  target,
  work: {
    protocol: 'h1',
    answerBytes: 400,
    uploadBytes: 0,
    connections: 1,
    streams: 1,
    pace: { kind: 'once', seconds: 4 },
  },
};

it('curlArguments() gets one size after the other under the name of the setup', () => {
  const sizes = [40, 400].map((answerBytes) => ({ answerBytes, uploadBytes: 0 }));
  const args = curlArguments(job, sizes, []).filter((arg) => /^(https?:|--next|--http|::)/.test(arg));
  const one = ['--http1.1', '::127.0.0.1:8443'];
  expect(args).toEqual([...one, 'https://a.localhost:8443/40', '--next', ...one, 'https://a.localhost:8443/400']);
});

it('curlArguments() posts a file without asking first', () => {
  const args = curlArguments(job, [{ answerBytes: 0, uploadBytes: 5 }], ['/tmp/x']).join(' ');
  expect(args).toContain('--request POST --header Expect: --upload-file /tmp/x');
});

it('readTransfer() takes time and bytes of both directions', () => {
  expect(readTransfer('200 1.5 7 35')).toEqual({ seconds: 1.5, bytes: 42 });
});

it.each(['000 0.1 0 0', '502 1 0 10', '200 0 0 0', 'curl: (7) Failed'])('readTransfer() refuses %j', (line) => {
  expect(() => readTransfer(line)).toThrow('curl failed');
});
