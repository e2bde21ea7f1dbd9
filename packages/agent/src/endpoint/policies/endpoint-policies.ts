import { AditError } from '@adit/contracts';
import type { PolicyOptions } from '@adit/sdk';
import type { EndpointKeys } from '../../config/agent-config.ts';
import { readPolicyFile } from './read-policy-file.ts';

/** What the keys are called that say what an option says. */
export const policyKeyNames: Readonly<Record<keyof PolicyOptions, string>> = {
  trafficPolicy: 'traffic_policy',
  basicAuth: 'basic_auth',
  circuitBreaker: 'circuit_breaker',
  compression: 'compression',
  requestHeaders: 'request_header',
  responseHeaders: 'response_header',
  userAgentFilter: 'user_agent_filter',
  webhookVerification: 'verify_webhook',
  websocketTcpConverter: 'websocket_tcp_converter',
};

/**
 * What the server is asked to do for an endpoint, with the files read and the URL fetched. Holds secrets.
 *
 * @throws {AditError} 9201: keys that do not go together, passwords that are not written as such, a URL. 9202: a file cannot be read.
 *   9204: the policy cannot be fetched.
 */
export async function endpointPolicies(keys: EndpointKeys): Promise<PolicyOptions> {
  return {
    trafficPolicy: await trafficPolicyOf(keys),
    basicAuth: await credentialsOf(keys),
    circuitBreaker: keys.circuit_breaker,
    compression: keys.compression,
    requestHeaders: keys.request_header,
    responseHeaders: keys.response_header,
    userAgentFilter: keys.user_agent_filter,
    webhookVerification: await webhookOf(keys),
    websocketTcpConverter: keys.websocket_tcp_converter,
  };
}

async function trafficPolicyOf(keys: EndpointKeys): Promise<PolicyOptions['trafficPolicy']> {
  const { traffic_policy: policy, traffic_policy_file: file, traffic_policy_url: url } = keys;
  if ([policy, file, url].filter((one) => one !== undefined).length > 1) {
    throw refuse(keys, 'it has more than one of traffic_policy, traffic_policy_file and traffic_policy_url');
  }
  if (file !== undefined) return await readPolicyFile('the traffic policy', file);
  if (url === undefined) return policy;
  const { fetchPolicy } = await import('./fetch-policy.ts');
  return await fetchPolicy(url);
}

async function credentialsOf(keys: EndpointKeys): Promise<PolicyOptions['basicAuth']> {
  const { basic_auth: written = [], basic_auth_file: file } = keys;
  const text = file === undefined ? '' : await readPolicyFile('the passwords', file);
  const lines = [
    ...written,
    ...withoutMark(text)
      .split(/\r?\n/)
      .filter((line) => line.trim() !== ''),
  ];
  return lines.length === 0 ? undefined : lines.map((line) => credentialOf(line, keys));
}

function credentialOf(line: string, keys: EndpointKeys) {
  const [, username, password] = /^([^:]+):(.+)$/s.exec(line) ?? [];
  if (username !== undefined && password !== undefined) return { username, password };
  throw refuse(keys, 'each of its passwords must be written as user:password');
}

async function webhookOf(keys: EndpointKeys): Promise<PolicyOptions['webhookVerification']> {
  if (!keys.verify_webhook) return undefined;
  const { provider, secret, secret_file: file } = keys.verify_webhook;
  if (secret !== undefined && file !== undefined) throw refuse(keys, 'verify_webhook has both secret and secret_file');
  if (file === undefined) return { provider, secret };
  // Most programs put a line break at the end.
  return { provider, secret: withoutMark(await readPolicyFile('the secret', file)).replace(/\r?\n$/, '') };
}

/** Editors of Windows put a byte order mark before a text, which belongs to no name and no secret. */
function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, '');
}

function refuse({ name }: EndpointKeys, why: string): AditError {
  return new AditError(9201, `Cannot use the endpoint "${name}": ${why}`);
}
