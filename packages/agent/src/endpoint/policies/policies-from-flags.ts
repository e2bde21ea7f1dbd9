import { AditError } from '@adit/contracts';
import type { ParsedCommand } from '../../command.ts';
import type { PolicyKeys } from '../../config/policy-keys.ts';
import { several, single, toggled } from '../../option-values.ts';
import { definedKeys } from '../defined-keys.ts';

type Options = ParsedCommand['options'];

/**
 * What a command line says about policies, in the words of the configuration file.
 *
 * @throws {AditError} 9500: options that contradict each other. 9201: a value.
 */
export function policiesFromFlags(options: Options): PolicyKeys {
  const sources = ['traffic-policy-file', 'policy-file', 'traffic-policy-url'].filter((name) => name in options);
  const [first, second] = sources;
  if (second !== undefined)
    throw new AditError(9500, `Cannot use --${first} and --${second} together: give one of them`);
  return definedKeys({
    traffic_policy_file: single(options, 'traffic-policy-file') ?? single(options, 'policy-file'),
    traffic_policy_url: single(options, 'traffic-policy-url'),
    basic_auth_file: single(options, 'basic-auth-file'),
    circuit_breaker: shareOf(single(options, 'circuit-breaker')),
    compression: toggled(options, 'compression'),
    websocket_tcp_converter: toggled(options, 'websocket-tcp-converter'),
    request_header: listsOf(options, { add: 'request-header-add', remove: 'request-header-remove' }),
    response_header: listsOf(options, { add: 'response-header-add', remove: 'response-header-remove' }),
    user_agent_filter: listsOf(options, { allow: 'ua-filter-allow', deny: 'ua-filter-deny' }),
    verify_webhook: webhookOf(options),
  });
}

function shareOf(text: string | undefined): number | undefined {
  if (text === undefined || /^\d*\.?\d+$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new AditError(9201, 'Cannot use --circuit-breaker: it must be a number from 0 to 1, such as 0.5');
}

/** Undefined where none of the options was given. */
function listsOf<Key extends string>(
  options: Options,
  names: Readonly<Record<Key, string>>,
): { [key in Key]?: string[] } | undefined {
  const entries = Object.entries<string>(names).map(([key, name]) => [key, [...several(options, name)]] as const);
  const given = entries.filter(([, list]) => list.length > 0);
  return given.length === 0 ? undefined : (Object.fromEntries(given) as { [key in Key]?: string[] });
}

function webhookOf(options: Options): PolicyKeys['verify_webhook'] {
  const [provider, file] = [single(options, 'verify-webhook'), single(options, 'verify-webhook-secret-file')];
  if (provider === undefined && file !== undefined) {
    throw new AditError(9500, 'Cannot use --verify-webhook-secret-file: it needs --verify-webhook with a provider');
  }
  return provider === undefined ? undefined : { provider, ...(file !== undefined && { secret_file: file }) };
}
