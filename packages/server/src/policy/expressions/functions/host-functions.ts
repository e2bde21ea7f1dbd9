import { RecentMap } from '../../../domain/recent.ts';
import { compilePattern, PatternProblem, type Re2Pattern } from '../compile-pattern.ts';
import type { EvaluatedNow } from '../evaluated-now.ts';
import { EvaluationFailure } from '../evaluation-failure.ts';
import { defaultExpressionLimits } from '../expression-limits.ts';
import type { Fuel } from '../fuel.ts';
import type { CookieView } from '../views/cookie-view.ts';
import type { HeaderMap } from '../views/header-map.ts';
import { type FunctionRow, overloads } from './function-row.ts';

/** What functions reach outside of their arguments. */
export interface Outside {
  /** From 0 up to, not with, 1. */
  random(): number;
}

/** Secrets and chance. */
export function outsideFunctions(outside: Outside, now: EvaluatedNow): FunctionRow[] {
  const int = (min = 0n, max = 1n) => {
    if (min < 0n || max < min)
      throw new EvaluationFailure('the bounds of a random number are negative or in the wrong order');
    return min + BigInt(Math.floor(outside.random() * Number(max - min + 1n)));
  };
  return [
    ...overloads('A secret by the names of its vault and of itself.', {
      'secrets.get(string, string): string': (_: object, vault: string, name: string) => {
        const secret = now.activation.scope.secret(vault, name);
        if (secret === undefined) throw new EvaluationFailure('a secret is not there');
        return secret;
      },
    }),
    ...overloads('A random number from 0 up to, not with, 1.', { 'rand.double(): double': () => outside.random() }),
    ...overloads('A random whole number between two, both included; 0 or 1 without them.', {
      'rand.int(): int': () => int(),
      'rand.int(int, int): int': (_: object, min: bigint, max: bigint) => int(min, max),
    }),
  ];
}

/** Hard patterns take some twenty nanoseconds for each character and each of their steps. */
const charStepsPerStep = 512;

/** Patterns. Those that are written out come compiled, the others are kept for a while. */
export function patternFunctions(fuel: Fuel): FunctionRow[] {
  const kept = new RecentMap<string, Re2Pattern>(defaultExpressionLimits.maxKeptPatterns);
  const test = (text: string, source: string | Re2Pattern) => {
    const pattern = typeof source === 'string' ? (kept.get(source) ?? compile(source, fuel)) : source;
    if (typeof source === 'string') kept.set(source, pattern);
    fuel.burn(1 + (text.length * (16 + pattern.steps)) / charStepsPerStep);
    return pattern.test(text);
  };
  return overloads(
    'Whether a pattern matches anywhere in the text (RE2 syntax, always in linear time).',
    {
      'string.matches(string): bool': test,
      'string.matches(pattern): bool': test,
      'matches(string, string): bool': test,
      'matches(string, pattern): bool': test,
    },
    { replaces: true },
  );
}

function compile(source: string, fuel: Fuel): Re2Pattern {
  fuel.burn(500);
  try {
    return compilePattern(source);
  } catch (error) {
    if (error instanceof PatternProblem) throw new EvaluationFailure('a pattern cannot be used');
    throw error;
  }
}

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
