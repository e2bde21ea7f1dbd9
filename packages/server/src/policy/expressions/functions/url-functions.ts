import { EvaluationFailure } from '../evaluation-failure.ts';
import type { Fuel } from '../fuel.ts';
import { splitUrl, UrlView } from '../views/url-view.ts';
import { type FunctionRow, overloads } from './function-row.ts';
import { encodeComponent } from './query-string.ts';

export function urlFunctions(fuel: Fuel): FunctionRow[] {
  const escape = (text: string) => {
    fuel.makeText(text.length);
    const escaped = encodeComponent(text);
    fuel.makeText(escaped.length);
    return escaped;
  };
  const unescape = (text: string) => {
    fuel.makeText(text.length);
    try {
      return decodeURIComponent(text);
    } catch {
      throw new EvaluationFailure('a text is not percent-encoded');
    }
  };
  const parse = (text: string) => {
    fuel.look(text.length);
    const parts = splitUrl(text);
    if (parts === undefined) throw new EvaluationFailure('a text is no URL');
    return new UrlView(parts);
  };
  return [
    ...overloads('The text percent-encoded.', {
      'url.escape(string): string': (_: object, text: string) => escape(text),
      'string.escapeUrl(): string': escape,
    }),
    ...overloads('What a percent-encoded text stands for.', {
      'url.unescape(string): string': (_: object, text: string) => unescape(text),
      'string.unescapeUrl(): string': unescape,
    }),
    ...overloads('The parts of a URL, which have the names of those of `req.url`.', {
      'url.parse(string): url': (_: object, text: string) => parse(text),
      'string.parseUrl(): url': parse,
    }),
    ...overloads('Whether the text is a URL with a scheme and a host.', {
      'string.isURL(): bool': (text: string) => {
        fuel.look(text.length);
        const parts = splitUrl(text);
        return parts !== undefined && parts.scheme !== '' && parts.authority !== '';
      },
    }),
  ];
}
