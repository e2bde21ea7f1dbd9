import { createHmac } from 'node:crypto';
import type { PolicyAction, PolicyDocument } from '../../packages/server/src/policy/document/policy-document.ts';
import type { AskedRequest } from '../../packages/server/src/policy/explain/explained-request.ts';

/** One policy, and the request that it lets pass. */
export interface Case {
  readonly name: string;
  readonly document: PolicyDocument;
  readonly request?: Partial<AskedRequest>;
  /** Decisions in one measurement. */
  readonly times: number;
}

const rule = (expressions: readonly string[], ...actions: readonly PolicyAction[]) => ({
  name: '',
  expressions,
  actions,
});
const mebibyte = Buffer.alloc(1024 * 1024, '{"a":1}');
const signature = createHmac('sha256', 'the secret').update(mebibyte).digest('hex');

/** As people write them: filters, header lines, a limit. */
const some: readonly PolicyAction[] = [
  { type: 'user-agent-filter', config: { deny: ['[Bb]ot'] } },
  { type: 'restrict-ips', config: { deny: ['10.0.0.0/8'] } },
  { type: 'add-headers', config: { headers: { 'x-a': '1' } } },
  { type: 'set-vars', config: { vars: [{ team: 'a' }] } },
  { type: 'remove-headers', config: { headers: ['x-gone'] } },
];
const many = (count: number): PolicyDocument => ({
  on_http_request: Array.from({ length: count }, (_, i) => rule([], some[i % some.length] as PolicyAction)),
});
const ranges = Array.from({ length: 10_000 }, (_, i) => `11.${i >> 8}.${i & 255}.0/24`);
const listOfRanges = Array.from({ length: 10 }, (_, i) =>
  rule([], { type: 'restrict-ips', config: { deny: ranges.slice(i * 1_000, (i + 1) * 1_000) } }),
);

export const cases: readonly Case[] = [
  { name: 'no policy', document: {}, times: 200_000 },
  { name: '1 action', document: many(1), times: 100_000 },
  { name: '10 actions', document: many(10), times: 50_000 },
  { name: '50 actions', document: many(50), times: 20_000 },
  {
    name: '1 rule with 4 conditions',
    document: {
      on_http_request: [
        rule(
          [
            "req.method == 'GET'",
            "req.url.path.startsWith('/api/')",
            "'x-key' in req.headers",
            "req.headers['x-key'][0] in ['a', 'b']",
          ],
          { type: 'add-headers', config: { headers: { 'x-a': '1' } } },
        ),
      ],
    },
    request: { target: '/api/v1', headers: ['x-key', 'a'] },
    times: 50_000,
  },
  { name: '10,000 address ranges', document: { on_http_request: listOfRanges }, times: 20_000 },
  {
    name: 'webhook, 1 MiB of content',
    document: {
      on_http_request: [rule([], { type: 'verify-webhook', config: { provider: 'github', secret: 'the secret' } })],
    },
    request: { method: 'POST', body: mebibyte, headers: ['x-hub-signature-256', `sha256=${signature}`] },
    times: 200,
  },
];
