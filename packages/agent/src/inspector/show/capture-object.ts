import type { HeaderLines } from '@adit/wire';
import { headerPairs } from './header-values.ts';
import { rawAnswer, rawRequest, type ShownCapture } from './shown-capture.ts';

const nanosecondsPerMs = 1e6;

/** A capture as the agent's API has it. `trailers`, `redacted`, `state` and `replay_of` are ours. */
export function captureObject(shown: ShownCapture): object {
  const { capture, request, answer } = shown;
  return {
    uri: `/api/requests/http/${capture.id}`,
    id: capture.id,
    tunnel_name: capture.origin.endpointName,
    remote_addr: capture.origin.remoteAddress,
    start: new Date(capture.startMs).toISOString(),
    duration: (capture.durationMs ?? 0) * nanosecondsPerMs,
    request: {
      method: request.head.method,
      proto: protocolOf(request.head),
      headers: headerObject(request.lines),
      trailers: headerObject(request.trailers),
      uri: shown.target,
      raw: rawRequest(shown).toString('base64'),
    },
    response: answer && {
      status: `${answer.head.status} ${answer.head.reason}`.trimEnd(),
      status_code: answer.head.status,
      proto: protocolOf(answer.head),
      headers: headerObject(answer.lines),
      trailers: headerObject(answer.trailers),
      raw: rawAnswer(shown)?.toString('base64') ?? '',
    },
    state: capture.state,
    replay_of: capture.origin.replayOf,
    redacted: !shown.isRevealed,
  };
}

/** As clients of this API know it from elsewhere. */
function protocolOf({ version }: { readonly version: string }): string {
  return version === '2' ? 'HTTP/2.0' : `HTTP/${version}`;
}

function headerObject(lines: HeaderLines): Record<string, string[]> {
  // Without a prototype any name is just a name.
  const headers = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of headerPairs(lines)) (headers[name] ??= []).push(value);
  return headers;
}
