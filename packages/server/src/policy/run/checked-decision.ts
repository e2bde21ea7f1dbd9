import { errorTable } from '@adit/contracts';
import { type Decision, isHeaderName, isHeaderValue, proceed } from '@adit/policy-kit';

/** The answer as a decision. @throws {TypeError} When it is none: types do not bind a module that is plain JavaScript. */
export function checkedDecision(answer: unknown): Decision {
  if (answer === proceed) return proceed;
  if (typeof answer === 'object' && answer !== null && 'outcome' in answer) {
    if (answer.outcome === 'continue') return proceed;
    const check = checks[String(answer.outcome)];
    if (check && isText(answer, 'reason') && check(answer)) return answer as Decision;
  }
  throw new TypeError('The policy did not answer with a decision');
}

const checks: Readonly<Record<string, (answer: object) => boolean>> = {
  deny: (answer) => 'code' in answer && Object.hasOwn(errorTable, String(answer.code)) && hasLines(answer, true),
  respond: (answer) =>
    isStatus(answer) && hasLines(answer, false) && 'body' in answer && answer.body instanceof Uint8Array,
  close: () => true,
  reroute: (answer) => 'target' in answer && typeof answer.target === 'object' && answer.target !== null,
};

function isText(answer: object, key: string): boolean {
  return typeof (answer as Record<string, unknown>)[key] === 'string';
}

function isStatus(answer: object): boolean {
  return (
    'status' in answer && Number.isInteger(answer.status) && Number(answer.status) >= 200 && Number(answer.status) < 600
  );
}

function hasLines(answer: object, isOptional: boolean): boolean {
  const { headers } = answer as { headers?: unknown };
  if (headers === undefined) return isOptional;
  return Array.isArray(headers) && headers.length % 2 === 0 && headers.every(isPartOfLine);
}

/** An expression may have put into a value what would be another line, or what no header has. */
function isPartOfLine(part: unknown, i: number): boolean {
  return typeof part === 'string' && (i % 2 === 0 ? isHeaderName(part) : isHeaderValue(part));
}
