import { plainText } from '@adit/agent';
import type { PolicyExplanationBody } from '@adit/contracts/api';

type Hop = PolicyExplanationBody['hops'][number];
type Rule = Hop['rules'][number];

/**
 * For people: each rule with its conditions and actions, then what becomes of the visitor.
 *
 * @param namesPlaces True: whose rules they are, and of which endpoint.
 */
export function explanationText(
  { hops, ...explanation }: PolicyExplanationBody,
  { namesPlaces }: { namesPlaces: boolean },
): string {
  const rules = hops.flatMap((hop) => [
    ...(namesPlaces ? [hopLine(hop)] : []),
    ...hop.rules.flatMap((rule) => ruleLines(rule, namesPlaces)),
  ]);
  return `${[...rules, '', ...endLines(explanation)].map(plainText).join('\n')}\n`;
}

const words = {
  allow: 'allowed',
  deny: 'refused',
  respond: 'answered by the policy',
  close: 'closed',
  reroute: 'forwarded to an internal endpoint',
} as const;

function endLines({ outcome, reason, status, forwarded }: Omit<PolicyExplanationBody, 'hops'>): string[] {
  const because = outcome === 'reroute' || reason === null ? '' : `: ${reason}`;
  const answer = status === null ? '' : `, status ${status}`;
  return [`${words[outcome]}${because}${answer}`, ...(forwarded ? [`forwarded as ${forwardedText(forwarded)}`] : [])];
}

function forwardedText({ target, is_unwrapped: isUnwrapped }: NonNullable<PolicyExplanationBody['forwarded']>): string {
  return isUnwrapped ? 'the bytes in its WebSocket' : (target ?? 'something that may hold a secret');
}

function hopLine({ url, endpoint_id: id, is_pooled: isPooled }: Hop): string {
  const about = id === '' ? 'not online yet' : `${id}${isPooled ? ', one of a pool: others may have other rules' : ''}`;
  return `${url} (${about})`;
}

function ruleLines({ conditions, actions, ...rule }: Rule, namesLayers: boolean): string[] {
  const name = rule.name === '' ? '' : ` ${rule.name}`;
  const title = `${namesLayers ? `${rule.layer} ` : ''}${rule.phase}[${rule.index}]${name}`;
  if (!rule.is_asked) return [`- ${title}: not asked`];
  const holds = conditions.every((condition) => condition.holds === true);
  return [
    `${holds ? '+' : '-'} ${title}${holds ? '' : ': does not apply'}`,
    ...conditions.map(conditionLine),
    ...actions.map(actionLine),
  ];
}

function conditionLine({ text, holds, failure }: Rule['conditions'][number]): string {
  return `    ${failure ?? holds ?? 'not evaluated'}  ${text}`;
}

function actionLine({ type, outcome, reason, would_call: wouldCall }: Rule['actions'][number]): string {
  return `    ${type}: ${reason ?? outcome}${wouldCall ? ' (would call another service; nobody is called to explain)' : ''}`;
}
