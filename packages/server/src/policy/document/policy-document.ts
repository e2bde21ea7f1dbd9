// The rules of one owner, as plain data: what a Traffic Policy document, a flag, an IP policy or an edge module says, all in
// one form. How text becomes one is parse-policy.ts; what becomes of it is compile/.
import type { Phase } from '@adit/policy-kit';

/** The rules of each phase, in the order in which they are asked. */
export type PolicyDocument = { readonly [phase in Phase]?: readonly PolicyRule[] };

export interface PolicyRule {
  /** For people; empty: none. */
  readonly name: string;
  /** Conditions in CEL; all must hold. None: it always holds. */
  readonly expressions: readonly string[];
  /** At least one. */
  readonly actions: readonly PolicyAction[];
}

export interface PolicyAction {
  /** The name of a policy module. */
  readonly type: string;
  readonly config: unknown;
}

/** One rule without conditions. */
export function always(...actions: readonly PolicyAction[]): PolicyRule {
  return { name: '', expressions: [], actions };
}

/** Rules without conditions, one for each action. */
export function phaseOf(phase: Phase, actions: readonly PolicyAction[]): PolicyDocument {
  return actions.length === 0 ? {} : { [phase]: actions.map((action) => always(action)) };
}

/** A text of a configuration in which nothing is an expression. */
export function literal(text: string): string {
  return text.replaceAll('${', () => '$${');
}

/** The rules of all of them, one document behind the other. */
export function joinDocuments(documents: readonly PolicyDocument[]): PolicyDocument {
  const joined: { [phase in Phase]?: PolicyRule[] } = {};
  for (const document of documents) {
    for (const [phase, rules] of Object.entries(document) as [Phase, readonly PolicyRule[]][]) {
      joined[phase] = [...(joined[phase] ?? []), ...rules];
    }
  }
  return joined;
}

export function isEmptyDocument(document: PolicyDocument): boolean {
  return Object.values(document).every((rules) => rules.length === 0);
}
