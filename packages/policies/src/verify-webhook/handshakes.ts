import { bodyFields, type Delivery, Refused } from './delivery.ts';
import { hmac, isSameText } from './digests.ts';

/** What a provider asks of an address before it delivers there; the name of who asks so. */
export type HandshakeKind =
  | 'dropbox'
  | 'mandrill'
  | 'meta'
  | 'slack'
  | 'sns'
  | 'terraform'
  | 'twitter'
  | 'worldline'
  | 'xero'
  | 'zoom';

/** What an answer may need. */
export interface Means {
  readonly secrets: readonly string[];
  readonly verifyToken: string | undefined;
  /** Asks SNS to confirm; answers whether it did. */
  confirm(subscribeUrl: string): Promise<boolean>;
}

/** Always status 200. */
export interface Answer {
  readonly contentType: 'text/plain' | 'application/json';
  readonly body: string;
}

export interface Handshake {
  /** True: it comes signed like a delivery, and only then is it one. */
  readonly isSigned: boolean;
  /** What the answer is made of; undefined: the request is no handshake. */
  challengeIn(delivery: Delivery): string | undefined;
  /** Undefined: not with what is configured. */
  answer(challenge: string, means: Means): Answer | undefined | Promise<Answer | undefined>;
}

const maxChallenge = 1_024;
/** What is answered is signed with the secret: nothing that could be the content of a delivery may be. */
const tokenText = /^[\w+/=-]{1,256}$/;

/** Whether this would be signed for whoever asks: then that it is signed proves nothing. */
export function isAnsweredText(text: string): boolean {
  return tokenText.test(text);
}

const echo = (body: string): Answer => ({ contentType: 'text/plain', body });
const json = (value: object): Answer => ({ contentType: 'application/json', body: JSON.stringify(value) });

/** The handshakes, by who asks so. */
export const handshakes: Readonly<Record<HandshakeKind, Handshake>> = {
  dropbox: {
    isSigned: false,
    challengeIn: (delivery) => (delivery.method === 'GET' ? short(queryOf(delivery).get('challenge')) : undefined),
    answer: echo,
  },
  mandrill: {
    isSigned: false,
    // It asks whether the address is there, then sends an empty list, signed with a key that everybody knows.
    challengeIn: ({ method, body }) =>
      method === 'HEAD' || (method === 'POST' && isEmptyList(Buffer.from(body).toString('latin1'))) ? '' : undefined,
    answer: echo,
  },
  meta: {
    isSigned: false,
    challengeIn(delivery) {
      const query = queryOf(delivery);
      const isSubscribe = delivery.method === 'GET' && query.get('hub.mode') === 'subscribe';
      const [token, challenge] = [short(query.get('hub.verify_token')), short(query.get('hub.challenge'))];
      return isSubscribe && token && challenge ? JSON.stringify([token, challenge]) : undefined;
    },
    answer(asked, { verifyToken }) {
      const [token, challenge] = JSON.parse(asked) as [string, string];
      return verifyToken && isSameText(token, verifyToken) ? echo(challenge) : undefined;
    },
  },
  slack: {
    isSigned: true,
    challengeIn(delivery) {
      const { type, challenge } = jsonOf(delivery);
      return type === 'url_verification' ? short(challenge) : undefined;
    },
    answer: echo,
  },
  sns: {
    isSigned: true,
    challengeIn(delivery) {
      const { Type, SubscribeURL } = jsonOf(delivery);
      return Type === 'SubscriptionConfirmation' && typeof SubscribeURL === 'string' ? SubscribeURL : undefined;
    },
    // Without a topic that is ours, anybody's topic could subscribe itself here.
    answer: async (url, { secrets, confirm }) => (secrets.length > 0 && (await confirm(url)) ? echo('') : undefined),
  },
  terraform: {
    isSigned: true,
    challengeIn(delivery) {
      const { trigger, notifications } = jsonOf(delivery);
      const triggers = [trigger, ...(Array.isArray(notifications) ? notifications.map(triggerOf) : [])];
      return triggers.includes('verification') ? '' : undefined;
    },
    answer: echo,
  },
  twitter: {
    isSigned: false,
    challengeIn: (delivery) => (delivery.method === 'GET' ? token(queryOf(delivery).get('crc_token')) : undefined),
    answer: (challenge, { secrets: [secret = ''] }) =>
      json({ response_token: `sha256=${hmac('sha256', secret, [Buffer.from(challenge)]).toString('base64')}` }),
  },
  worldline: {
    isSigned: false,
    challengeIn: ({ method, headers }) =>
      method === 'GET' ? short(headers.first('x-gcs-webhooks-endpoint-verification')) : undefined,
    answer: echo,
  },
  xero: {
    isSigned: true,
    challengeIn(delivery) {
      const { events } = jsonOf(delivery);
      return Array.isArray(events) && events.length === 0 ? '' : undefined;
    },
    answer: echo,
  },
  zoom: {
    isSigned: true,
    challengeIn(delivery) {
      const { event, payload } = jsonOf(delivery);
      const isPayload = typeof payload === 'object' && payload !== null;
      return event === 'endpoint.url_validation' && isPayload ? token(Object(payload).plainToken) : undefined;
    },
    answer: (plainToken, { secrets: [secret = ''] }) =>
      json({ plainToken, encryptedToken: hmac('sha256', secret, [Buffer.from(plainToken)]).toString('hex') }),
  },
};

function queryOf({ url }: Delivery): URLSearchParams {
  const mark = url.indexOf('?');
  return new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
}

/** Of a body that is no JSON object: nothing. */
function jsonOf(delivery: Delivery): Readonly<Record<string, unknown>> {
  try {
    return bodyFields(delivery);
  } catch (error) {
    if (error instanceof Refused) return {};
    throw error;
  }
}

function triggerOf(notification: unknown): unknown {
  return typeof notification === 'object' && notification !== null && 'trigger' in notification && notification.trigger;
}

function short(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= maxChallenge ? value : undefined;
}

function token(value: unknown): string | undefined {
  return typeof value === 'string' && tokenText.test(value) ? value : undefined;
}

function isEmptyList(body: string): boolean {
  return /^mandrill_events=(?:\[\]|%5B%5D)$/i.test(body);
}
