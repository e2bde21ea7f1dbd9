import type { ExplainedRule, Explanation } from '@adit/server/policy';

/** For people: each rule with its conditions and actions, then the verdict. */
export function explanationText({ verdict, rules, forwarded }: Explanation): string {
  const lines = rules.flatMap(ruleLines);
  const answer = verdict.status === null ? '' : `, status ${verdict.status}`;
  const reason = verdict.reason === null ? '' : `: ${verdict.reason}`;
  const end = verdict.outcome === 'allow' ? ['allowed'] : [`${words[verdict.outcome]}${reason}${answer}`];
  return `${[...lines, '', ...end, ...forwardedLines(forwarded)].join('\n')}\n`;
}

function forwardedLines(forwarded: Explanation['forwarded']): string[] {
  if (!forwarded) return [];
  return [forwarded.isUnwrapped ? 'forwarded as the bytes in its WebSocket' : `forwarded as ${forwarded.target}`];
}

const words = {
  deny: 'refused',
  respond: 'answered by the policy',
  close: 'closed',
  reroute: 'forwarded to an internal endpoint',
} as const;

function ruleLines({ phase, index, name, conditions, actions, isAsked }: ExplainedRule): string[] {
  const title = `${phase}[${index}]${name === '' ? '' : ` ${name}`}`;
  if (!isAsked) return [`- ${title}: not asked, the phase had ended`];
  const holds = conditions.every((condition) => condition.holds === true);
  return [
    `${holds ? '+' : '-'} ${title}${holds ? '' : ': does not apply'}`,
    ...conditions.map(({ text, holds: value }) => `    ${value === null ? 'not evaluated' : value}  ${text}`),
    ...actions.map(({ type, outcome, reason }) => `    ${type}: ${reason ?? outcome}`),
  ];
}
