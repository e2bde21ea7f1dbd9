import { isDeepStrictEqual } from 'node:util';
import { AditError, nearestKey } from '@adit/contracts';
import type { Phase, PolicyModule } from '@adit/policy-kit';
import { formatRequirement, type Requirement, type Requirements } from '../../domain/requirement.ts';
import { unknownField } from '../document/parse-policy.ts';
import type { PolicyAction, PolicyDocument } from '../document/policy-document.ts';
import { pathText } from '../document/policy-problems.ts';

/** Before anything has reached the service. */
const early: readonly Phase[] = ['on_tcp_connect', 'on_http_request'];

/**
 * Refuses rules that do not have what is required of them: an action in a rule without expressions, since no others are for all
 * visitors; in a phase before the service where the action has one; and enforced.
 *
 * @throws {AditError} 9409: names what is missing.
 */
export function checkRequirements(
  document: PolicyDocument,
  { requires, modules }: { requires: Requirements; modules: readonly PolicyModule[] },
): void {
  const missing = (['credential', 'account'] as const).flatMap((whose) => {
    const unmet = requires[whose].filter((required) => !isMet(required, document, modules));
    return unmet.length === 0 ? [] : [`its ${whose} requires ${unmet.map(formatRequirement).join('; ')}`];
  });
  if (missing.length > 0) throw new AditError(9409, `Cannot open the endpoint: ${missing.join(', and ')}`);
}

function isMet({ action, settings }: Requirement, document: PolicyDocument, modules: readonly PolicyModule[]): boolean {
  const module = modules.find(({ name }) => name === action);
  if (!module) return false;
  const earlyPhases = module.phases.filter((phase) => early.includes(phase));
  const counting = earlyPhases.length > 0 ? earlyPhases : module.phases;
  return counting
    .flatMap((phase) => document[phase] ?? [])
    .filter(({ expressions }) => expressions.length === 0)
    .flatMap(({ actions }) => actions)
    .some(({ type, config }) => type === action && isSet(config, settings, module));
}

/** As written, or as it is by default. */
function isSet(config: PolicyAction['config'], settings: Requirement['settings'], module: PolicyModule): boolean {
  const parsed = module.schema.safeParse(config);
  if (!parsed.success) return false;
  const [written, meant] = [new Map(entriesOf(config)), new Map(entriesOf(parsed.data))];
  if (meant.get('enforce') === false) return false;
  return Object.entries(settings).every(
    ([name, value]) => isDeepStrictEqual(written.get(name), value) || isDeepStrictEqual(meant.get(name), value),
  );
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** Why no rules can have what is required, as the end of a sentence; undefined: some can. */
export function whyNeverMet({ action, settings }: Requirement, modules: readonly PolicyModule[]): string | undefined {
  const module = modules.find(({ name }) => name === action);
  if (!module) return unknownAction(action, modules);
  const { shape = {} } = module.schema as { shape?: Readonly<Record<string, PolicyModule['schema']>> };
  const reasons = Object.entries(settings).map(([name, value]) => whyNeverSet(shape, name, value));
  return reasons.find((why) => why !== undefined);
}

function unknownAction(action: string, modules: readonly PolicyModule[]): string {
  const nearest = nearestKey(
    action,
    modules.map(({ name }) => name),
  );
  return `there is no such policy${nearest ? `; did you mean "${nearest}"?` : ''}`;
}

function whyNeverSet(
  shape: Readonly<Record<string, PolicyModule['schema']>>,
  name: string,
  value: unknown,
): string | undefined {
  const schema = Object.hasOwn(shape, name) ? shape[name] : undefined;
  if (!schema) return unknownField(name, Object.keys(shape));
  if (name === 'enforce' && value === false) return '"enforce" must be true: what is not enforced is not there';
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  return issue && `"${pathText([name, ...issue.path.map(keyOf)])}": ${issue.message}`;
}

function keyOf(key: PropertyKey): string | number {
  return typeof key === 'symbol' ? String(key) : key;
}
