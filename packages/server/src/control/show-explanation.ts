import type { PolicyExplanationBody } from '@adit/contracts/api';
import type { ExplainedForward, ExplainedHop, ExplainedRule, Explanation } from '../domain/explanation.ts';

/** An explanation as the API has it. */
export function showExplanation({ verdict, hops, forwarded }: Explanation): PolicyExplanationBody {
  const { outcome, reason, errorCode, status } = verdict;
  return {
    ...{ outcome, reason, error_code: errorCode, status, hops: hops.map(showHop) },
    forwarded: forwarded && showForward(forwarded),
  };
}

function showForward({ target, headers, isUnwrapped }: ExplainedForward): PolicyExplanationBody['forwarded'] {
  return { target, headers: headers.map((line) => ({ ...line })), is_unwrapped: isUnwrapped };
}

function showHop({ endpoint, isPooled, rules }: ExplainedHop): PolicyExplanationBody['hops'][number] {
  return { endpoint_id: endpoint.id, url: endpoint.url, is_pooled: isPooled, rules: rules.map(showRule) };
}

function showRule(rule: ExplainedRule): PolicyExplanationBody['hops'][number]['rules'][number] {
  const { layer, phase, index, name, isAsked, conditions, actions } = rule;
  return {
    ...{ layer, phase, index, name, is_asked: isAsked },
    conditions: conditions.map((condition) => ({ ...condition })),
    actions: actions.map(({ wouldCall, ...action }) => ({ ...action, would_call: wouldCall })),
  };
}
