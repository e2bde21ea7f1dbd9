import http from 'node:http';
import type { Duplex } from 'node:stream';
import type { OutgoingAnswer } from '@adit/policy-kit';
import { httpCall } from './http-call.ts';

/** One call over a stream that is there already, as HTTP/1.1, whatever the scheme of its URL. @throws As `httpCall`. */
export function fetchOver(stream: Duplex, request: Request): Promise<OutgoingAnswer> {
  const { host, pathname, search } = new URL(request.url);
  return httpCall(request, ({ headers, ...call }) =>
    http.request({
      ...call,
      headers: { ...headers, host },
      path: pathname + search,
      createConnection: () => stream,
    }),
  );
}
