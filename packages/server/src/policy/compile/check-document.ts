import { nearestKey } from '@adit/contracts';
import { type Phase, type PolicyModule, phases } from '@adit/policy-kit';
import { type EndpointScheme, hasHttp } from '../../domain/endpoint.ts';
import { unknownField } from '../document/parse-policy.ts';
import type { PolicyAction, PolicyDocument, PolicyRule } from '../document/policy-document.ts';
import type { Path, PolicyProblem } from '../document/policy-problems.ts';
import { actionsNotHere } from './actions-not-here.ts';

export interface CheckOptions {
  readonly modules: readonly PolicyModule[];
  /** Null: all of them. */
  readonly protocol: EndpointScheme | null;
}

/** All that is wrong with a document's actions: what there is to know before anything is prepared. */
export function checkDocument(document: PolicyDocument, options: CheckOptions): PolicyProblem[] {
  return phases.flatMap((phase): PolicyProblem[] => {
    const rules = document[phase] ?? [];
    if (rules.length > 0 && isRaw(options.protocol) && phase !== 'on_tcp_connect') {
      return [{ code: 2205, path: [phase], message: `${options.protocol} endpoints have no such phase` }];
    }
    return checkPhase(rules, phase, options);
  });
}

function isRaw(protocol: EndpointScheme | null): boolean {
  return protocol !== null && !hasHttp(protocol);
}

function checkPhase(rules: readonly PolicyRule[], phase: Phase, options: CheckOptions): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  let ending: string | undefined;
  for (const [index, rule] of rules.entries()) {
    let endingOfRule: string | undefined;
    for (const [i, action] of rule.actions.entries()) {
      const path: Path = [phase, index, 'actions', i];
      const before = ending ?? endingOfRule;
      if (before)
        problems.push({ code: 2207, path, message: `nothing gets here: "${before}" ends the phase before it` });
      problems.push(...checkAction(action, { phase, path, hasConditions: rule.expressions.length > 0, options }));
      if (isTerminating(action, options.modules)) endingOfRule ??= action.type;
    }
    if (rule.expressions.length === 0) ending ??= endingOfRule;
  }
  return problems;
}

interface Place {
  readonly phase: Phase;
  readonly path: Path;
  readonly hasConditions: boolean;
  readonly options: CheckOptions;
}

function checkAction({ type, config }: PolicyAction, { phase, path, hasConditions, options }: Place): PolicyProblem[] {
  const { modules, protocol } = options;
  const module = modules.find(({ name }) => name === type);
  const at: Path = [...path, 'type'];
  if (!module) return [{ code: 2201, path: at, message: unknownType(type, modules) }];
  if (!module.phases.includes(phase)) {
    const message = `"${type}" cannot be in ${phase}, only in ${module.phases.join(', ')}`;
    return [{ code: 2202, path: at, message }];
  }
  if (module.protocols && (protocol === null || !module.protocols.includes(protocol))) {
    const whom = protocol ?? 'all: require it of each endpoint instead';
    const message = `"${type}" is for ${module.protocols.join(', ')} endpoints, not for ${whom}`;
    return [{ code: 2205, path: at, message }];
  }
  if (module.isBeforeHandshake && hasConditions) {
    const message = `"${type}" must be in a rule without expressions: it counts before the first byte is known`;
    return [{ code: 2202, path: at, message }];
  }
  return checkConfig(module, config, [...path, 'config']);
}

function checkConfig(module: PolicyModule, config: unknown, path: Path): PolicyProblem[] {
  const result = module.schema.safeParse(config);
  if (result.success) return [];
  return result.error.issues.flatMap((issue) => {
    const at: Path = [...path, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))];
    if (issue.code !== 'unrecognized_keys') return [{ code: 9600, path: at, message: issue.message }];
    const { shape } = module.schema as { shape?: object };
    const known = issue.path.length === 0 ? Object.keys(shape ?? {}) : [];
    return issue.keys.map((key) => ({ code: 9600, path: [...at, key], message: unknownField(key, known) }));
  });
}

/** The phase in which an endpoint of that protocol has to have answered. */
function lastPhase(protocol: EndpointScheme): Phase {
  return isRaw(protocol) ? 'on_tcp_connect' : 'on_http_request';
}

/**
 * What is missing in the rules of an endpoint that has nothing but these: a rule without expressions that ends it for whoever
 * gets there. Empty: nothing.
 */
export function checkEnding(
  document: PolicyDocument,
  { protocol, modules }: CheckOptions & { readonly protocol: EndpointScheme },
): PolicyProblem[] {
  const phase = lastPhase(protocol);
  if (endsAlways(document, { phase, modules })) return [];
  const names = modules
    .filter((module) => module.isTerminating && module.phases.includes(phase))
    .map(({ name }) => name)
    .sort();
  const message = `some visitors would be left without an answer: add a last rule without expressions with one of ${names.join(', ')}`;
  return [{ code: 2235, path: [phase], message }];
}

/** Whether a rule without expressions ends the phase, so that what is behind these rules is never asked. */
export function endsAlways(
  document: PolicyDocument,
  { phase, modules }: Pick<CheckOptions, 'modules'> & { readonly phase: Phase },
): boolean {
  const ends = ({ expressions, actions }: PolicyRule): boolean =>
    expressions.length === 0 && actions.some((action) => isTerminating(action, modules));
  return (document[phase] ?? []).some(ends);
}

/** What is behind it is never asked. A configuration that is wrong is told of elsewhere. */
function isTerminating({ type, config }: PolicyAction, modules: readonly PolicyModule[]): boolean {
  const module = modules.find(({ name }) => name === type);
  const result = module?.isTerminating ? module.schema.safeParse(config) : undefined;
  return Boolean(result?.success && module?.isTerminating?.(result.data));
}

function unknownType(type: string, modules: readonly PolicyModule[]): string {
  const reason = actionsNotHere[type];
  if (reason) return `"${type}" is not there: ${reason}`;
  const known = modules.map(({ name }) => name);
  const nearest = nearestKey(type, known);
  const words = nearest ? `did you mean "${nearest}"?` : `known: ${known.join(', ')}`;
  return `there is no action ${JSON.stringify(type.slice(0, 100))}; ${words}`;
}
