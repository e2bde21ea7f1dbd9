// What expressions see of calls and answers, and its types.
import type { ResultShape } from '@adit/policy-kit';
import type { Call } from './call-text.ts';
import type { CallAnswer } from './send-call.ts';

export const callShape = {
  method: 'string',
  header: 'map<string, dyn>',
  url: 'string',
  body: 'string',
} as const satisfies ResultShape;

export const answerShape = {
  resolved_ip: 'string',
  header: 'map<string, dyn>',
  status_code: 'int',
  time_ms: 'int',
  body: 'string',
} as const satisfies ResultShape;

export const resultShape = {
  error: { code: 'string', message: 'string' },
  attempts: 'list<dyn>',
  req: callShape,
  res: answerShape,
} as const satisfies ResultShape;

export interface ShownCall {
  readonly method: string;
  readonly header: ReadonlyMap<string, readonly string[]>;
  readonly url: string;
  readonly body: string;
}

export interface ShownAnswer {
  readonly resolved_ip: string;
  readonly header: ReadonlyMap<string, readonly string[]>;
  readonly status_code: number;
  readonly time_ms: number;
  readonly body: string;
}

export function shownCall({ method, headers, url, body }: Call): ShownCall {
  const header = new Map(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return { method, header, url: url.href, body };
}

/** @param answer Undefined: there was none, and all of it is empty. */
export function shownAnswer(answer: CallAnswer | undefined, durationMs: number): ShownAnswer {
  const { resolvedIp = '', headers = new Map<string, string[]>(), status = 0, body = '' } = answer ?? {};
  return { resolved_ip: resolvedIp, header: headers, status_code: status, time_ms: durationMs, body };
}

/** One of `attempts`. In lists of any type integers are bigint. */
export function shownAttempt({ resolved_ip, header, status_code, time_ms }: ShownAnswer): object {
  return {
    resolved_ip,
    response_header: header,
    response_status_code: BigInt(status_code),
    response_time_ms: BigInt(time_ms),
  };
}
