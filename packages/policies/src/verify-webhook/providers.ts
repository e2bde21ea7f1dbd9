import type { Provider } from './provider.ts';
import type { HmacScheme } from './schemes/hmac.ts';

// What providers document, and what their libraries do; ids are those of ngrok. The vectors show how far each row is proved.

const seconds = 1_000;
/** Where a provider signs a time, but names no tolerance. */
const usualToleranceMs = 180 * seconds;

type Options = Omit<Partial<HmacScheme>, 'family'>;

/** HMAC-SHA256 of the body in hexadecimal, in one header line. */
function hex(header: string, options: Options = {}): HmacScheme {
  return { family: 'hmac', hash: 'sha256', encoding: 'hex', headers: [header], message: '{body}', ...options };
}

/** As `hex`, in base64. */
function base64(header: string, options: Options = {}): HmacScheme {
  return hex(header, { encoding: 'base64', ...options });
}

/** HMAC-SHA256 of `<time>.<body>`, both in one line such as `t=1700000000,v1=…`. */
function pairs(header: string, [time, signature]: readonly [string, string] = ['t', 'v1']): HmacScheme {
  const timestamp = { in: 'pair', name: time, unit: 's' } as const;
  return hex(header, { message: '{timestamp}.{body}', key: signature, timestamp });
}

/** Standard Webhooks, which began as Svix: `<id>.<time>.<body>`, the key in base64. */
function standard(prefix: string, options: Options = {}): HmacScheme {
  const timestamp = { in: 'header', name: `${prefix}-timestamp`, unit: 's' } as const;
  const form = { message: '{id}.{timestamp}.{body}', prefix: 'v1,', separator: ' ', keyForm: 'base64' } as const;
  return base64(`${prefix}-signature`, { ...form, id: `${prefix}-id`, timestamp, ...options });
}

function inHeader(name: string, unit: 's' | 'ms' | 'iso' = 's'): HmacScheme['timestamp'] & object {
  return { in: 'header', name, unit };
}

const ofMeta = [
  hex('x-hub-signature-256', { prefix: 'sha256=' }),
  hex('x-hub-signature', { hash: 'sha1', prefix: 'sha1=' }),
] as const;

/** Every provider, by id. */
export const providers: readonly Provider[] = [
  {
    id: 'aftership',
    title: 'AfterShip',
    schemes: [
      base64('aftership-hmac-sha256'),
      base64('am-webhook-signature', { prefix: 'hmac-sha256=' }),
      base64('as-signature-hmac-sha256'),
    ],
  },
  {
    id: 'airship',
    title: 'Airship',
    schemes: [hex('x-ua-signature', { message: '{timestamp}:{body}', timestamp: inHeader('x-ua-timestamp') })],
    toleranceMs: usualToleranceMs,
    isSignedBeforeGzip: true,
  },
  { id: 'alchemy', title: 'Alchemy', schemes: [hex('x-alchemy-signature')] },
  {
    id: 'sns',
    title: 'Amazon SNS',
    schemes: [{ family: 'sns' }],
    toleranceMs: 3_600 * seconds,
    isRepeatedAsIs: true,
    isSecretOptional: true,
    handshake: 'sns',
  },
  {
    id: 'autodesk',
    title: 'Autodesk Platform Services',
    schemes: [hex('x-adsk-signature', { hash: 'sha1', prefix: 'sha1hash=' })],
  },
  { id: 'bitbucket', title: 'Bitbucket', schemes: [hex('x-hub-signature', { prefix: 'sha256=' })] },
  { id: 'bolt', title: 'Bolt', schemes: [base64('x-bolt-hmac-sha256')] },
  {
    id: 'box',
    title: 'Box',
    schemes: [
      base64('', {
        headers: ['box-signature-primary', 'box-signature-secondary'],
        message: '{body}{timestamp}',
        timestamp: inHeader('box-delivery-timestamp', 'iso'),
        demands: { 'box-signature-version': '1', 'box-signature-algorithm': 'HmacSHA256' },
        otherBody: 'escaped',
      }),
    ],
    toleranceMs: 600 * seconds,
  },
  {
    id: 'brex',
    title: 'Brex',
    schemes: [standard('webhook', { keyForm: 'base64 or text' })],
    toleranceMs: 300 * seconds,
  },
  {
    id: 'buildkite',
    title: 'Buildkite',
    schemes: [
      pairs('x-buildkite-signature', ['timestamp', 'signature']),
      { family: 'token', header: 'x-buildkite-token', form: 'plain' },
    ],
    toleranceMs: usualToleranceMs,
  },
  { id: 'calendly', title: 'Calendly', schemes: [pairs('calendly-webhook-signature')], toleranceMs: usualToleranceMs },
  { id: 'castle', title: 'Castle', schemes: [base64('x-castle-signature')] },
  { id: 'chargify', title: 'Chargify', schemes: [hex('x-chargify-webhook-signature-hmac-sha-256')] },
  { id: 'circleci', title: 'CircleCI', schemes: [hex('circleci-signature', { prefix: 'v1=', separator: ',' })] },
  { id: 'clearbit', title: 'Clearbit', schemes: [hex('x-request-signature', { hash: 'sha1', prefix: 'sha1=' })] },
  { id: 'clerk', title: 'Clerk', schemes: [standard('svix')], toleranceMs: 300 * seconds },
  { id: 'coinbase', title: 'Coinbase Commerce', schemes: [hex('x-cc-webhook-signature')] },
  { id: 'contentful', title: 'Contentful', schemes: [{ family: 'contentful' }], toleranceMs: 30 * seconds },
  { id: 'docusign', title: 'DocuSign Connect', schemes: [base64('x-docusign-signature-*')] },
  { id: 'dropbox', title: 'Dropbox', schemes: [hex('x-dropbox-signature')], handshake: 'dropbox' },
  { id: 'facebook_graph_api', title: 'Facebook Graph API', schemes: ofMeta, handshake: 'meta' },
  { id: 'facebook_messenger', title: 'Facebook Messenger', schemes: ofMeta, handshake: 'meta' },
  {
    id: 'frameio',
    title: 'Frame.io',
    schemes: [
      hex('x-frameio-signature', {
        message: 'v0:{timestamp}:{body}',
        prefix: 'v0=',
        isPrefixOptional: true,
        timestamp: inHeader('x-frameio-request-timestamp'),
      }),
    ],
    toleranceMs: 300 * seconds,
  },
  { id: 'github', title: 'GitHub', schemes: [hex('x-hub-signature-256', { prefix: 'sha256=' })] },
  { id: 'gitlab', title: 'GitLab', schemes: [{ family: 'token', header: 'x-gitlab-token', form: 'plain' }] },
  { id: 'go1', title: 'Go1', schemes: [pairs('go1-signature')], toleranceMs: 60 * seconds },
  {
    id: 'graphcms',
    title: 'Hygraph (GraphCMS)',
    schemes: [{ family: 'hygraph', header: 'gcms-signature' }],
    toleranceMs: usualToleranceMs,
  },
  { id: 'heroku', title: 'Heroku', schemes: [base64('heroku-webhook-hmac-sha256')] },
  { id: 'hostedhooks', title: 'HostedHooks', schemes: [pairs('hostedhooks-signature')], toleranceMs: usualToleranceMs },
  {
    id: 'hubspot',
    title: 'HubSpot',
    schemes: [
      base64('x-hubspot-signature-v3', {
        message: '{method}{plainUrl}{body}{timestamp}',
        timestamp: inHeader('x-hubspot-request-timestamp', 'ms'),
      }),
      {
        family: 'keyed-hash',
        header: 'x-hubspot-signature',
        versionHeader: 'x-hubspot-signature-version',
        messages: { v1: '{body}', v2: '{method}{url}{body}' },
      },
    ],
    toleranceMs: 300 * seconds,
  },
  { id: 'instagram', title: 'Instagram', schemes: ofMeta, handshake: 'meta' },
  { id: 'intercom', title: 'Intercom', schemes: [hex('x-hub-signature', { hash: 'sha1', prefix: 'sha1=' })] },
  { id: 'jira', title: 'Jira', schemes: [hex('x-hub-signature', { prefix: 'sha256=' })] },
  { id: 'launch_darkly', title: 'LaunchDarkly', schemes: [hex('x-ld-signature')] },
  {
    id: 'linear',
    title: 'Linear',
    schemes: [hex('linear-signature', { timestamp: { in: 'body', name: 'webhookTimestamp', unit: 'ms' } })],
    toleranceMs: 60 * seconds,
  },
  {
    id: 'mailchimp',
    title: 'Mailchimp Transactional (Mandrill)',
    schemes: [{ family: 'url-and-form', header: 'x-mandrill-signature' }],
    handshake: 'mandrill',
  },
  { id: 'mailgun', title: 'Mailgun', schemes: [{ family: 'mailgun' }], toleranceMs: usualToleranceMs },
  {
    id: 'microsoft_teams',
    title: 'Microsoft Teams',
    schemes: [base64('authorization', { prefix: 'HMAC ', keyForm: 'base64' })],
  },
  { id: 'modern_treasury', title: 'Modern Treasury', schemes: [hex('x-signature')] },
  {
    id: 'mongodb',
    title: 'MongoDB Atlas',
    schemes: [hex('x-mms-signature', { hash: 'sha1', encoding: 'base64 or hex' })],
  },
  { id: 'mux', title: 'Mux', schemes: [pairs('mux-signature')], toleranceMs: 300 * seconds },
  {
    id: 'orb',
    title: 'Orb',
    schemes: [
      hex('x-orb-signature', {
        message: 'v1:{timestamp}:{body}',
        prefix: 'v1=',
        separator: ' ',
        timestamp: inHeader('x-orb-timestamp', 'iso'),
      }),
    ],
    toleranceMs: 300 * seconds,
  },
  { id: 'orbit', title: 'Orbit', schemes: [hex('x-orbit-signature', { prefix: 'sha256=' })] },
  { id: 'pagerduty', title: 'PagerDuty', schemes: [hex('x-pagerduty-signature', { prefix: 'v1=', separator: ',' })] },
  {
    id: 'pinwheel',
    title: 'Pinwheel',
    schemes: [
      hex('x-pinwheel-signature', {
        message: 'v2:{timestamp}:{body}',
        prefix: 'v2=',
        timestamp: inHeader('x-timestamp'),
      }),
    ],
    toleranceMs: usualToleranceMs,
  },
  {
    id: 'plivo',
    title: 'Plivo',
    schemes: [
      { family: 'plivo', version: 3, header: 'x-plivo-signature-v3' },
      { family: 'plivo', version: 2, header: 'x-plivo-signature-v2' },
    ],
  },
  {
    id: 'pusher',
    title: 'Pusher Channels',
    schemes: [hex('x-pusher-signature'), hex('webhook-signature', { hash: 'sha1' })],
  },
  {
    id: 'sendgrid',
    title: 'SendGrid',
    schemes: [
      {
        family: 'ecdsa',
        header: 'x-twilio-email-event-webhook-signature',
        timestampHeader: 'x-twilio-email-event-webhook-timestamp',
        message: '{timestamp}{body}',
      },
    ],
    toleranceMs: usualToleranceMs,
  },
  { id: 'sentry', title: 'Sentry', schemes: [hex('sentry-hook-signature')] },
  { id: 'shopify', title: 'Shopify', schemes: [base64('x-shopify-hmac-sha256')] },
  {
    id: 'signal_sciences',
    title: 'Signal Sciences',
    aliases: ['signalsciences'],
    schemes: [hex('x-sigsci-signature')],
  },
  {
    id: 'slack',
    title: 'Slack',
    schemes: [
      hex('x-slack-signature', {
        message: 'v0:{timestamp}:{body}',
        prefix: 'v0=',
        timestamp: inHeader('x-slack-request-timestamp'),
      }),
    ],
    toleranceMs: 300 * seconds,
    handshake: 'slack',
  },
  {
    id: 'sonatype',
    title: 'Sonatype Nexus',
    aliases: ['sonatype_nexus'],
    schemes: [hex('x-nexus-webhook-signature', { hash: 'sha1', otherBody: 'compact' })],
  },
  {
    id: 'square',
    title: 'Square',
    schemes: [
      base64('x-square-hmacsha256-signature', { message: '{url}{body}' }),
      base64('x-square-signature', { hash: 'sha1', message: '{url}{body}' }),
    ],
  },
  { id: 'stripe', title: 'Stripe', schemes: [pairs('stripe-signature')], toleranceMs: 300 * seconds },
  { id: 'svix', title: 'Svix', schemes: [standard('svix'), standard('webhook')], toleranceMs: 300 * seconds },
  {
    id: 'terraform',
    title: 'HCP Terraform',
    schemes: [hex('x-tfe-notification-signature', { hash: 'sha512' })],
    handshake: 'terraform',
  },
  { id: 'tiktok', title: 'TikTok', schemes: [pairs('tiktok-signature', ['t', 's'])], toleranceMs: usualToleranceMs },
  {
    id: 'trendmicro_conformity',
    title: 'Trend Micro Conformity',
    schemes: [hex('x-conformity-signature', { otherBody: 'compact' })],
  },
  {
    id: 'twilio',
    title: 'Twilio',
    schemes: [{ family: 'url-and-form', header: 'x-twilio-signature', bodyHash: 'bodySHA256' }],
  },
  {
    id: 'twitter',
    title: 'Twitter (X)',
    schemes: [base64('x-twitter-webhooks-signature', { prefix: 'sha256=' })],
    handshake: 'twitter',
    hasTextsSigned: true,
  },
  { id: 'typeform', title: 'Typeform', schemes: [base64('typeform-signature', { prefix: 'sha256=' })] },
  {
    id: 'vmware',
    title: 'VMware Workspace ONE',
    aliases: ['vmware_workspace'],
    schemes: [{ family: 'token', header: 'authorization', form: 'basic' }],
  },
  { id: 'webex', title: 'Webex', schemes: [hex('x-spark-signature', { hash: 'sha1' })] },
  { id: 'whatsapp', title: 'WhatsApp', schemes: ofMeta, handshake: 'meta' },
  { id: 'worldline', title: 'Worldline', schemes: [base64('x-gcs-signature')], handshake: 'worldline' },
  { id: 'xero', title: 'Xero', schemes: [base64('x-xero-signature')], handshake: 'xero' },
  {
    id: 'zendesk',
    title: 'Zendesk',
    schemes: [
      base64('x-zendesk-webhook-signature', {
        message: '{timestamp}{body}',
        timestamp: inHeader('x-zendesk-webhook-signature-timestamp', 'iso'),
      }),
    ],
    toleranceMs: usualToleranceMs,
  },
  {
    id: 'zoom',
    title: 'Zoom',
    schemes: [
      hex('x-zm-signature', {
        message: 'v0:{timestamp}:{body}',
        prefix: 'v0=',
        timestamp: inHeader('x-zm-request-timestamp'),
      }),
    ],
    toleranceMs: 300 * seconds,
    handshake: 'zoom',
  },
];

/** The provider of that id or alias. */
export function findProvider(id: string): Provider | undefined {
  return providers.find((provider) => provider.id === id || provider.aliases?.includes(id));
}
