import { z } from 'zod';
import { reference } from './reference.ts';
import { type ResourceContract, resource } from './resource.ts';
import { text } from './text.ts';

const plain = text(2048).min(1);
const secret = text(4096).min(1).meta({ isSecret: true });
const arn = z.string().max(2048).startsWith('arn:', 'must be an ARN');
const url = z.url({ protocol: /^https$/ }).max(2048);

const awsAuth = z.union([
  z.strictObject({ role: z.strictObject({ role_arn: arn.describe('The role to assume.') }).describe('By a role.') }),
  z.strictObject({
    creds: z
      .strictObject({
        aws_access_key_id: plain.describe('Id of the access key.'),
        aws_secret_access_key: secret.describe('The access key itself. Never shown.'),
      })
      .describe('By an access key.'),
  }),
]);

/** Exactly one of its fields. */
const target = z.union([
  z.strictObject({
    firehose: z.strictObject({
      auth: awsAuth.describe('How to log in.'),
      delivery_stream_arn: arn.describe('The stream.'),
    }),
  }),
  z.strictObject({
    kinesis: z.strictObject({ auth: awsAuth.describe('How to log in.'), stream_arn: arn.describe('The stream.') }),
  }),
  z.strictObject({
    cloudwatch_logs: z.strictObject({
      auth: awsAuth.describe('How to log in.'),
      log_group_arn: arn.describe('The group.'),
    }),
  }),
  z.strictObject({
    datadog: z.strictObject({
      api_key: secret.describe('The API key. Never shown.'),
      ddtags: text(2048).nullish().describe('Tags of every event.'),
      service: text(255).nullish().describe('Service of every event.'),
      ddsite: text(255).nullish().describe('Site of the account.'),
    }),
  }),
  z.strictObject({
    azure_logs_ingestion: z.strictObject({
      tenant_id: plain.describe('The tenant.'),
      client_id: plain.describe('The client.'),
      client_secret: secret.describe('The secret of the client. Never shown.'),
      logs_ingestion_uri: url.describe('Where logs go.'),
      data_collection_rule_id: plain.describe('The rule.'),
      data_collection_stream_name: plain.describe('The stream.'),
    }),
  }),
]);
const format = z.enum(['JSON', 'json']);

/** Where events go. Data only for now: nothing is sent yet. */
export const eventDestinations: ResourceContract = resource({
  title: 'an event destination',
  idKind: 'eventDestination',
  path: '/event_destinations',
  listKey: 'event_destinations',
  create: {
    format: format.nullish().describe('How events are written. Default, and the only one: JSON.'),
    target: target.describe('Exactly one of firehose, kinesis, cloudwatch_logs, datadog and azure_logs_ingestion.'),
  },
  update: {
    format: format.nullish().describe('Default: as it is.'),
    target: target.nullish().describe('Another target, whole. Default: as it is.'),
  },
  fields: {
    format: z.string().describe('How events are written.'),
    target: z.record(z.string(), z.unknown()).describe('The target; what is secret of it is left out.'),
  },
});

const sources = z
  .array(z.strictObject({ type: z.string().regex(/^[a-z0-9_.*]{1,100}$/, 'must be the name of an event') }))
  .max(100);
const destinationIds = z.array(z.string()).max(100);

/** Which events go to which destinations. Data only for now: nothing is sent yet. */
export const eventSubscriptions: ResourceContract = resource({
  title: 'an event subscription',
  idKind: 'eventSubscription',
  path: '/event_subscriptions',
  listKey: 'event_subscriptions',
  create: {
    sources: sources.describe('Events that are wanted, by type.'),
    destination_ids: destinationIds.describe('Where they go: ids of event destinations.'),
  },
  update: {
    sources: sources.nullish().describe('Other events. Default: as it is.'),
    destination_ids: destinationIds.nullish().describe('Other destinations. Default: as it is.'),
  },
  fields: {
    sources: z.array(z.object({ type: z.string().describe('Type of event.') })).describe('Events that are wanted.'),
    destinations: z.array(reference).describe('Where they go.'),
  },
});
