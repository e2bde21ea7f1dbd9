import { AditError } from '@adit/contracts';
import type { ParsedCommand } from '../command.ts';
import type { EndpointKeys } from '../config/agent-config.ts';
import { several, single, toggled } from '../option-values.ts';
import { definedKeys } from './defined-keys.ts';
import type { EndpointCommandName } from './endpoint-command-name.ts';
import { policiesFromFlags } from './policies/policies-from-flags.ts';
import { urlFromFlags } from './url-from-flags.ts';

type Options = ParsedCommand['options'];

/** What ngrok's local API calls an endpoint that has no name. */
const defaultName = 'command_line';

/**
 * The endpoint that a command line asks for, in the words of the configuration file.
 *
 * @throws {AditError} 9500: options that contradict each other. 9201: a value.
 */
export function endpointFromFlags(
  command: EndpointCommandName,
  { arguments: words, options }: ParsedCommand,
): EndpointKeys {
  const optional = {
    bindings: bindingsOf(single(options, 'binding')),
    description: single(options, 'description'),
    metadata: single(options, 'metadata'),
    inspect: toggled(options, 'inspect'),
    pooling_enabled: toggled(options, 'pooling-enabled'),
    allow_cidrs: nonEmpty(several(options, 'cidr-allow')),
    deny_cidrs: nonEmpty(several(options, 'cidr-deny')),
    agent_tls_termination: command === 'tls' || command === 'tunnel' ? terminationOf(command, options) : undefined,
    mutual_tls_cas: casForServer(command, options),
  };
  return {
    name: single(options, 'name') ?? defaultName,
    ...(command === 'tunnel' ? { labels: labelsFromFlags(options) } : { url: urlFromFlags(command, options) }),
    upstream: { url: words[0] ?? '', ...definedKeys(upstreamKeys(options)) },
    ...definedKeys(optional),
    ...policiesFromFlags(options),
  };
}

function upstreamKeys(options: Options): Record<string, unknown> {
  const cas = single(options, 'upstream-tls-verify-cas');
  return {
    protocol: protocolOf(single(options, 'upstream-protocol') ?? single(options, 'app-protocol')),
    proxy_protocol: proxyProtocolOf(single(options, 'upstream-proxy-protocol') ?? single(options, 'proxy-proto')),
    host_header: single(options, 'host-header'),
    tls_verify: toggled(options, 'upstream-tls-verify'),
    tls_verify_cas: cas,
  };
}

function nonEmpty(values: readonly string[]): string[] | undefined {
  return values.length > 0 ? [...values] : undefined;
}

function bindingsOf(text: string | undefined): ('public' | 'internal')[] | undefined {
  if (text === undefined) return undefined;
  if (text === 'public' || text === 'internal') return [text];
  const why = text === 'kubernetes' ? 'kubernetes is not supported in version 0.1' : 'it must be public or internal';
  throw new AditError(9201, `Cannot use --binding: ${why}`);
}

function protocolOf(text: string | undefined): 'http1' | 'http2' | undefined {
  if (text === undefined || text === 'http1' || text === 'http2') return text;
  throw new AditError(9201, 'Cannot use --upstream-protocol: it must be http1 or http2');
}

function proxyProtocolOf(text: string | undefined): 1 | 2 | undefined {
  if (text === undefined || text === '') return undefined;
  if (text === '1' || text === '2') return text === '1' ? 1 : 2;
  throw new AditError(9201, 'Cannot use --upstream-proxy-protocol: it must be 1 or 2');
}

/** Whoever ends TLS checks the visitors' certificates: the server, unless it is told that the agent does. */
function casForServer(command: EndpointCommandName, options: Options): string | undefined {
  const isEndedHere = single(options, 'crt') !== undefined || single(options, 'key') !== undefined;
  return command === 'tls' && isEndedHere ? undefined : single(options, 'mutual-tls-cas');
}

function labelsFromFlags(options: Options): string[] {
  const labels = nonEmpty(several(options, 'label'));
  if (labels) return labels;
  throw new AditError(9500, 'Cannot run "adit tunnel": give at least one --label key=value, by which edges find it');
}

function terminationOf(command: string, options: Options): EndpointKeys['agent_tls_termination'] {
  const [crt, key, cas] = [single(options, 'crt'), single(options, 'key'), single(options, 'mutual-tls-cas')];
  const place = single(options, 'terminate-at');
  const fail = (why: string) => new AditError(9500, `Cannot run "adit ${command}": ${why}`);
  if (place === 'edge' && cas === undefined)
    throw fail('--terminate-at edge without --mutual-tls-cas is not supported in version 0.1');
  if (place !== undefined && place !== 'agent' && place !== 'upstream' && place !== 'edge') {
    throw fail('--terminate-at must be agent, edge or upstream');
  }
  if (place === 'edge' && (crt !== undefined || key !== undefined))
    throw fail('--crt and --key end TLS in the agent, and --terminate-at edge says otherwise');
  if (place === 'upstream' && cas !== undefined)
    throw fail(
      '--mutual-tls-cas needs somebody to end TLS before your service; --terminate-at upstream says otherwise',
    );
  if (crt === undefined && key === undefined && place !== 'agent') return undefined;
  if (crt === undefined || key === undefined) throw fail('the agent ends TLS only with --crt and --key together');
  if (place === 'upstream') throw fail('--terminate-at upstream contradicts --crt and --key');
  return {
    server_certificate: crt,
    server_private_key: key,
    ...(cas !== undefined && { mutual_tls_certificate_authorities: [cas] }),
  };
}
