import type { EvaluatedNow } from '../evaluated-now.ts';
import { EvaluationFailure } from '../evaluation-failure.ts';
import type { CookieView } from '../views/cookie-view.ts';
import type { HeaderMap } from '../views/header-map.ts';
import { type FunctionRow, overloads } from './function-row.ts';

/** Short forms for header lines, cookies and query parameters of the request and the answer at hand. */
export function messageFunctions(now: EvaluatedNow): FunctionRow[] {
  const request = () => now.activation.req ?? missing();
  const response = () => now.activation.res ?? missing();
  const sides = [
    ['Req', 'request', request, 'on_http_request'],
    ['Res', 'answer', response, 'on_http_response'],
  ] as const;
  const query = () => request().url.query_params;
  return [
    ...sides.flatMap(([side, noun, message, since]) => [
      ...overloads(
        `All values of a header of the ${noun}, whose name is in any case.`,
        {
          [`get${side}Header(string): list<string>`]: (name: string) => valuesOf(message(), name),
        },
        { since },
      ),
      ...overloads(
        `Whether the ${noun} has a header, whose name is in any case.`,
        {
          [`has${side}Header(string): bool`]: (name: string) => valuesOf(message(), name).length > 0,
        },
        { since },
      ),
      ...overloads(
        `The first cookie of that name of the ${noun}; an error when there is none.`,
        {
          [`get${side}Cookie(string): cookie`]: (name: string) => message().cookies.get(name)?.[0] ?? missing(),
        },
        { since },
      ),
      ...overloads(
        `Whether the ${noun} has a cookie of that name.`,
        {
          [`has${side}Cookie(string): bool`]: (name: string) => message().cookies.has(name),
        },
        { since },
      ),
    ]),
    ...overloads(
      'All values of a query parameter.',
      {
        'getQueryParam(string): list<string>': (name: string) => query().get(name) ?? [],
      },
      { since: 'on_http_request' },
    ),
    ...overloads(
      'Whether there is a query parameter of that name.',
      {
        'hasQueryParam(string): bool': (name: string) => query().has(name),
      },
      { since: 'on_http_request' },
    ),
  ];
}

interface Message {
  readonly headers: ReturnType<HeaderMap['read']>;
  readonly cookies: ReadonlyMap<string, readonly CookieView[]>;
}

function valuesOf({ headers }: Message, name: string): readonly string[] {
  return headers.get(name.toLowerCase()) ?? [];
}

function missing(): never {
  throw new EvaluationFailure('a field or key is not there');
}
