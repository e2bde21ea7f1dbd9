import { EvaluationFailure } from '../evaluation-failure.ts';
import type { Fuel } from '../fuel.ts';
import { toCel } from '../to-cel.ts';
import { Room, writeJson } from '../write-value.ts';
import { type FunctionRow, overloads } from './function-row.ts';
import { decodeQuery, encodeQuery, isQuery } from './query-string.ts';

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Base64, the user and password of HTTP's basic authentication, JSON, query strings. */
export function encodingFunctions(fuel: Fuel): FunctionRow[] {
  return [...base64Functions(fuel), ...jsonFunctions(fuel), ...queryFunctions(fuel)];
}

function base64Functions(fuel: Fuel): FunctionRow[] {
  const encode = (data: Uint8Array) => {
    fuel.makeText(data.length * 2);
    return Buffer.from(data).toString('base64');
  };
  const decode = (text: string) => {
    fuel.makeText(text.length);
    if (text.length % 4 !== 0 || !base64.test(text)) throw new EvaluationFailure('a text is not padded Base64');
    return new Uint8Array(Buffer.from(text, 'base64'));
  };
  return [
    ...overloads('Bytes in Base64 (RFC 4648 §4).', {
      'base64.encode(bytes): string': (_: object, data: Uint8Array) => encode(data),
    }),
    ...overloads('The bytes of a text in padded Base64; an error for any other text.', {
      'base64.decode(string): bytes': (_: object, text: string) => decode(text),
    }),
    ...overloads('The text in Base64.', {
      'string.encodeBase64(): string': (text: string) => encode(Buffer.from(text, 'utf8')),
    }),
    ...overloads('What a text in padded Base64 stands for, as a text.', {
      'string.decodeBase64(): string': (text: string) => Buffer.from(decode(text)).toString('utf8'),
    }),
    ...overloads('The value of an `Authorization` header for a user and a password (RFC 7617).', {
      'basic_auth.encode(string, string): string': (_: object, user: string, password: string) =>
        `Basic ${encode(Buffer.from(`${user}:${password}`, 'utf8'))}`,
    }),
  ];
}

function jsonFunctions(fuel: Fuel): FunctionRow[] {
  const decode = (text: string) => {
    fuel.makeText(text.length * 4);
    return toCel(parse(text));
  };
  const encode = (value: unknown) => {
    const text = writeJson(value);
    fuel.makeText(text.length);
    return text;
  };
  return [
    ...overloads('The value as JSON, with keys in order.', {
      'json.encode(dyn): string': (_: object, value: unknown) => encode(value),
      'list.encodeJson(): string': encode,
      'map.encodeJson(): string': encode,
    }),
    ...overloads('What a JSON text says. Its numbers are doubles.', {
      'json.decode(string): dyn': (_: object, text: string) => decode(text),
      'string.decodeJson(): dyn': decode,
    }),
    ...overloads('Whether the text is JSON.', {
      'string.isJson(): bool': (text: string) => {
        // That it is none takes longer than that it is.
        fuel.burn(3);
        fuel.look(text.length * 4);
        return isJson(text);
      },
    }),
  ];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new EvaluationFailure('a text is no JSON');
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function queryFunctions(fuel: Fuel): FunctionRow[] {
  const encode = (map: ReadonlyMap<unknown, unknown> | Readonly<Record<string, unknown>>) => {
    const room = new Room();
    const take = (chars: number) => {
      room.take(chars);
      // Escaping and sorting take some hundred nanoseconds for a pair, and ten for a character.
      fuel.burn(0.1);
      fuel.look(chars * 8);
    };
    return encodeQuery(map instanceof Map ? [...map] : Object.entries(map), { take });
  };
  const decode = (text: string) => {
    fuel.makeText(text.length * 2);
    return decodeQuery(text);
  };
  return [
    ...overloads('A map as a query string, with keys in order. A list is its key several times.', {
      'queryString.encode(map): string': (_: object, map: ReadonlyMap<unknown, unknown>) => encode(map),
      'map.encodeQueryString(): string': encode,
    }),
    ...overloads('The keys and values of a query string. A key that is there several times has a list.', {
      'queryString.decode(string): map<string, dyn>': (_: object, text: string) => decode(text),
      'string.decodeQueryString(): map<string, dyn>': decode,
    }),
    ...overloads('Whether the text is a query string: parts with `=`, joined by `&`, percent-encoded where needed.', {
      'string.isQueryString(): bool': (text: string) => {
        fuel.look(text.length);
        return isQuery(text);
      },
    }),
  ];
}
