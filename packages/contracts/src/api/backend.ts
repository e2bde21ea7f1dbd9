// What edges send visitors to. Of the older API: cloud endpoints say all of it in their policies.
import { z } from 'zod';
import { reference } from './reference.ts';
import { type ResourceContract, resource } from './resource.ts';
import { text } from './text.ts';

const maxBackends = 50;
const maxWeight = 10_000;

const labels = z.record(z.string(), z.string());

/** Tunnels of agents, by what they say of themselves. */
export const tunnelGroupBackends: ResourceContract = resource({
  title: 'a tunnel group backend',
  idKind: 'tunnelGroupBackend',
  path: '/backends/tunnel_group',
  listKey: 'backends',
  create: { labels: labels.describe('Labels, 1 to 16: of the tunnels that have all of them each visitor gets any.') },
  update: { labels: labels.nullish().describe('Other labels. Default: as they are.') },
  fields: {
    labels: z.record(z.string(), z.string()).describe('Labels that its tunnels have.'),
    tunnels: z.array(reference).describe('Tunnels that are online on this server and have them.'),
  },
});

const weight = z.union([
  z.int(),
  z
    .string()
    .regex(/^\d{1,5}$/, 'must be a whole number')
    .transform(Number),
]);
const weights = z
  .record(z.string(), weight.pipe(z.int().min(0).max(maxWeight)))
  .refine((all) => Object.keys(all).length > 0, 'give at least one backend')
  .refine((all) => Object.keys(all).length <= maxBackends, `at most ${maxBackends} backends`);

/** Several, each with its share of the visitors. */
export const weightedBackends: ResourceContract = resource({
  title: 'a weighted backend',
  idKind: 'weightedBackend',
  path: '/backends/weighted',
  listKey: 'backends',
  create: {
    backends: weights.describe(
      'Ids of backends, 1 to 50, and the weight of each, 0 to 10,000: of those that are online each gets its share.',
    ),
  },
  update: { backends: weights.nullish().describe('Other backends and weights. Default: as they are.') },
  fields: { backends: z.record(z.string(), z.int()).describe('Ids of backends and their weights.') },
});

const order = z.array(z.string()).min(1).max(maxBackends);

/** Several, in an order. */
export const failoverBackends: ResourceContract = resource({
  title: 'a failover backend',
  idKind: 'failoverBackend',
  path: '/backends/failover',
  listKey: 'backends',
  create: { backends: order.describe('Ids of backends, 1 to 50: the first that is online serves.') },
  update: { backends: order.nullish().describe('Other backends. Default: as they are.') },
  fields: { backends: z.array(z.string()).describe('Ids of backends in their order.') },
});

const body = text(65_536);
const headers = z
  .record(text(255).min(1), text(4_096))
  .refine((all) => Object.keys(all).length <= 10, 'at most 10 headers');
const status = z.int().min(200).max(599);

/** An answer of the server itself. */
export const httpResponseBackends: ResourceContract = resource({
  title: 'an HTTP response backend',
  idKind: 'httpResponseBackend',
  path: '/backends/http_response',
  listKey: 'backends',
  create: {
    body: body.nullish().describe('The content. Default: none.'),
    headers: headers.nullish().describe('Header lines, at most 10. Default: none.'),
    status_code: status.nullish().describe('200 to 599. Default: 200.'),
  },
  update: {
    body: body.nullish().describe('Other content. Default: as it is.'),
    headers: headers.nullish().describe('Other header lines. Default: as they are.'),
    status_code: status.nullish().describe('Another status. Default: as it is.'),
  },
  fields: {
    body: z.string().describe('The content.'),
    headers: z.record(z.string(), z.string()).describe('Header lines.'),
    status_code: z.int().describe('The status.'),
  },
});

const address = text(300).regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:/@[\]]+):\d{1,5}$/, 'must be "host:port"');
const tls = z.strictObject({ enabled: z.boolean().nullish().describe('Whether it speaks TLS. Default: true.') });

/** A service that this server reaches itself. */
export const staticBackends: ResourceContract = resource({
  title: 'a static backend',
  idKind: 'staticBackend',
  path: '/backends/static',
  listKey: 'backends',
  create: {
    address: address.describe('`host:port` of a service that this server can reach; private addresses are refused.'),
    tls: tls.nullish().describe('Whether the service speaks TLS. Default: it does not.'),
  },
  update: {
    address: address.nullish().describe('Another address. Default: as it is.'),
    tls: tls.nullish().describe('Whether the service speaks TLS. Default: as it is.'),
  },
  fields: {
    address: z.string().describe('`host:port` of the service.'),
    tls: z.object({ enabled: z.boolean().describe('Whether it speaks TLS.') }).describe('Whether it speaks TLS.'),
  },
});
