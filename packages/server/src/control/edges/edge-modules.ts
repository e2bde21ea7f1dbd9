// The modules of edges and routes: how they are checked, kept and shown.
import { AditError } from '@adit/contracts';
import type { EdgeModuleName } from '@adit/contracts/api';
import type { DocumentId } from '../../domain/document.ts';
import type { EndpointScheme } from '../../domain/endpoint.ts';
import type { EdgeModules } from '../../legacy-edges/edge-bodies.ts';
import { moduleRules } from '../../legacy-edges/module-rules.ts';
import { parsePolicy } from '../../policy/document/parse-policy.ts';
import { namedInPolicy } from '../resources/named-in-policy.ts';
import type { DraftContext, PrepareContext, ShowContext } from '../resources/resource.ts';
import { backendKindOf, findBackend } from './backend-resources.ts';

/** As the API takes them: null takes one away. */
export type ModulesInput = { readonly [name in keyof EdgeModules]?: EdgeModules[name] | null } & {
  readonly webhook_verification?: ({ readonly provider: string; readonly secret?: string | null } & object) | null;
};

/**
 * Checks what can be said of the modules alone: those that stay as they are were checked before.
 *
 * @throws {AditError} 2248: a phase that HTTPS edges have not. What else is wrong with a policy.
 */
export async function checkModules(
  input: ModulesInput,
  protocol: EndpointScheme,
  { principal: { accountId }, checkPolicy }: Pick<PrepareContext<object>, 'principal' | 'checkPolicy'>,
): Promise<void> {
  const { traffic_policy: policy, ip_restriction: _, mutual_tls: __, ...others } = presentModules(input);
  const webhookSecret = input.webhook_verification?.secret ?? null;
  for (const [name, module] of Object.entries(others)) {
    const rules = moduleRules({ [name]: module }, { protocol, webhookSecret, trafficPolicy: {} });
    await checkPolicy({ accountId, policy: rules, protocol, isPart: true }).catch((error: unknown) => {
      throw inModule(name, error);
    });
  }
  if (!policy) return;
  await checkPolicy({ accountId, policy: policy.value, protocol, isPart: true });
  const isHttps = protocol === 'https';
  if (isHttps && parsePolicy(policy.value, { hasHttp: true }).document.on_tcp_connect) throw new AditError(2248);
}

/** Nobody has written the policy that a module stands for: a place in it says nothing. */
function inModule(name: string, error: unknown): unknown {
  if (!(error instanceof AditError)) return error;
  const reason = error.message.replace(/^Cannot take the policy: (?:on_\w+[\w.[\]]*: )?/, '');
  return new AditError(error.code, `Cannot have "${name}": ${reason}`);
}

/** What shall be kept: those of before, and those of the input in their place. */
export function changedModules(
  input: ModulesInput,
  names: readonly EdgeModuleName[],
  before: EdgeModules = {},
): EdgeModules {
  const changed = Object.fromEntries(names.filter((name) => name in input).map((name) => [name, input[name]]));
  return presentModules({ ...before, ...changed });
}

/** Without those that are taken away, and without secrets. */
function presentModules(input: ModulesInput): EdgeModules {
  return Object.fromEntries(
    Object.entries(input).flatMap(([name, module]) => (module ? [[name, withoutSecret(module)]] : [])),
  );
}

function withoutSecret(module: object): object {
  const { secret: _, ...rest } = module as { secret?: unknown };
  return rest;
}

/**
 * What modules name.
 *
 * @throws {AditError} 215: it is none of the account. 215: what they ask of TLS cannot be.
 */
export async function referencesOf(modules: EdgeModules, context: DraftContext<object>): Promise<DocumentId[]> {
  const { backend, ip_restriction: restriction, mutual_tls: mutual, traffic_policy: policy } = modules;
  refuseImpossibleTls(modules);
  const found = new Set<DocumentId>(policy && (await namedInPolicy(policy.value, context)));
  if (backend) found.add((await findBackend(backend.backend_id, 'backend.backend_id', context)).id);
  for (const id of restriction?.ip_policy_ids ?? []) {
    found.add((await context.find('ipPolicy', id, 'ip_restriction.ip_policy_ids')).id);
  }
  for (const id of mutual?.certificate_authority_ids ?? []) {
    found.add((await context.find('certificateAuthority', id, 'mutual_tls.certificate_authority_ids')).id);
  }
  return [...found];
}

/** Who does not end the TLS can ask nothing of it. */
function refuseImpossibleTls({ mutual_tls: mutual, tls_termination: termination }: EdgeModules): void {
  if (termination?.terminate_at !== 'upstream' || termination.enabled === false) return;
  if (mutual && mutual.enabled !== false) throw impossible('"mutual_tls" needs TLS that ends at the edge');
  if (termination.min_version) throw impossible('"tls_termination.min_version" needs TLS that ends at the edge');
}

function impossible(reason: string): AditError {
  return new AditError(215, `Cannot read the body: ${reason}`);
}

/** Each module that its kind has; null: none. */
export function showModules(
  modules: EdgeModules,
  names: readonly EdgeModuleName[],
  context: Pick<ShowContext, 'refer'>,
): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, showModule(modules[name], context)]));
}

function showModule(module: EdgeModules[EdgeModuleName], { refer }: Pick<ShowContext, 'refer'>): unknown {
  if (!module) return null;
  const { backend_id, ip_policy_ids, certificate_authority_ids, ...own } = module as Partial<NamesOthers>;
  return {
    ...own,
    enabled: module.enabled !== false,
    ...(backend_id !== undefined && { backend: refer(backendKindOf(backend_id), backend_id) }),
    ...(ip_policy_ids && { ip_policies: ip_policy_ids.map((id) => refer('ipPolicy', id)) }),
    ...(certificate_authority_ids && {
      certificate_authorities: certificate_authority_ids.map((id) => refer('certificateAuthority', id)),
    }),
  };
}

interface NamesOthers {
  readonly backend_id: DocumentId;
  readonly ip_policy_ids: readonly DocumentId[];
  readonly certificate_authority_ids: readonly DocumentId[];
}
