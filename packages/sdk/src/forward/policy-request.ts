import { AditError } from '@adit/contracts';
import { httpPolicyOptions, type PolicyOptions } from './policy-options.ts';

/** What the options are for, and what they are called in messages. Default: as here. */
export interface PolicyPlace {
  /** Of the endpoint. */
  readonly scheme: string;
  readonly nameOf?: (option: keyof PolicyOptions) => string;
}

/**
 * The options in the words of a bind request (agent protocol, §11): only those that are set, and no empty lists, as a server
 * reads nothing out of those.
 *
 * @throws {AditError} 9201: a value is wrong, or not for such an endpoint. No message holds a value: some are secrets.
 */
export function policyRequest(options: PolicyOptions, place: PolicyPlace): Record<string, unknown> {
  const { scheme, nameOf = (option) => option } = place;
  const refuse: Refuse = (option, why) => new AditError(9201, `Cannot use ${nameOf(option)}: ${why}`);
  const isHttp = scheme === 'http' || scheme === 'https';
  const stray = isHttp ? undefined : httpPolicyOptions.find((name) => isSet(options[name]));
  if (stray !== undefined) throw refuse(stray, `it is for http and https endpoints, and this one is ${scheme}`);
  const request = {
    TrafficPolicy: trafficPolicyOf(options, refuse),
    BasicAuth: basicAuthOf(options, refuse),
    CircuitBreaker: circuitBreakerOf(options, refuse),
    Compression: options.compression ? {} : undefined,
    RequestHeaders: headersOf('requestHeaders', options, refuse),
    ResponseHeaders: headersOf('responseHeaders', options, refuse),
    UserAgentFilter: userAgentsOf(options, refuse),
    WebhookVerification: webhookOf(options, refuse),
    WebsocketTCPConverter: options.websocketTcpConverter ? {} : undefined,
  };
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
}

/** Checks options before a session is asked for the endpoint. @throws {AditError} 9201: see `policyRequest`. */
export function checkPolicies(options: PolicyOptions, place: PolicyPlace): void {
  policyRequest(options, place);
}

type Refuse = (option: keyof PolicyOptions, why: string) => AditError;

/** What stands for an option in a sentence, by its key in the request. */
export const policyWords: Readonly<Record<string, string>> = {
  TrafficPolicy: 'the traffic policy',
  BasicAuth: 'the passwords',
  CircuitBreaker: 'the circuit breaker',
  Compression: 'the compression',
  RequestHeaders: 'the header lines of requests',
  ResponseHeaders: 'the header lines of answers',
  UserAgentFilter: 'the filter of user agents',
  WebhookVerification: 'the verification of webhooks',
  WebsocketTCPConverter: 'the conversion of WebSocket messages',
};

/** A shorter one is no secret, and would blot out half of every sentence. */
const minSecretChars = 8;

/** Texts that no message may repeat. */
export function policySecrets({ basicAuth = [], webhookVerification }: PolicyOptions): string[] {
  const secrets = [...basicAuth.map(({ password }) => password), webhookVerification?.secret ?? ''];
  return secrets.filter((secret) => secret.length >= minSecretChars);
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== false;
}

function trafficPolicyOf({ trafficPolicy: policy }: PolicyOptions, refuse: Refuse): string | undefined {
  if (policy === undefined) return undefined;
  const text = typeof policy === 'string' ? policy : JSON.stringify(policy);
  if (text.trim() === '') throw refuse('trafficPolicy', 'it is empty; leave it out if there are no rules');
  return text;
}

/** An empty list is no list of passwords: to a server it says that nobody is asked. */
function basicAuthOf({ basicAuth: credentials }: PolicyOptions, refuse: Refuse): object | undefined {
  if (credentials === undefined) return undefined;
  if (credentials.length === 0) throw refuse('basicAuth', 'it is empty; leave it out if nobody is to be asked');
  if (credentials.some(({ username, password }) => username === '' || username.includes(':') || password === '')) {
    throw refuse('basicAuth', 'a user name or a password is empty, or a user name has a colon in it');
  }
  return { credentials: credentials.map(({ username, password }) => ({ username, cleartext_password: password })) };
}

function circuitBreakerOf({ circuitBreaker: share }: PolicyOptions, refuse: Refuse): object | undefined {
  if (share === undefined) return undefined;
  if (!(share >= 0 && share <= 1)) throw refuse('circuitBreaker', 'it must be from 0 to 1');
  return { error_threshold: share };
}

/** RFC 9110 §5.1, §5.5. */
const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
const headerLine = /^([!#$%&'*+.^_`|~0-9a-z-]+):[ \t]*([\t -~\u{80}-\u{10FFFF}]*)$/iu;

function headersOf(
  option: 'requestHeaders' | 'responseHeaders',
  { [option]: { add = [], remove = [] } = {} }: PolicyOptions,
  refuse: Refuse,
): object | undefined {
  const lines = add.map((line) => {
    const [, name = '', value = ''] = headerLine.exec(line) ?? [];
    if (name === '') throw refuse(option, 'what is added must be "name: value" on one line');
    return `${name.toLowerCase()}:${value.trimEnd()}`;
  });
  if (!remove.every((name) => headerName.test(name))) throw refuse(option, 'what is removed must be names of headers');
  return listsOf({ add: lines, remove: remove.map((name) => name.toLowerCase()) });
}

function userAgentsOf(
  { userAgentFilter: { allow = [], deny = [] } = {} }: PolicyOptions,
  refuse: Refuse,
): object | undefined {
  if ([...allow, ...deny].includes('')) throw refuse('userAgentFilter', 'a pattern is empty');
  return listsOf({ allow: [...allow], deny: [...deny] });
}

function webhookOf({ webhookVerification: webhook }: PolicyOptions, refuse: Refuse): object | undefined {
  if (!webhook) return undefined;
  const { provider, secret } = webhook;
  if (provider === '') throw refuse('webhookVerification', 'it names no provider');
  if (secret === '') throw refuse('webhookVerification', 'its secret is empty');
  return { provider, ...(secret !== undefined && { secret }) };
}

function listsOf(lists: Readonly<Record<string, readonly string[]>>): object | undefined {
  const entries = Object.entries(lists).filter(([, list]) => list.length > 0);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
