import type { HeaderFields, PolicyRequest } from '@adit/policy-kit';
import { topLevelKeys } from './top-level-keys.ts';

type Field = readonly [name: string, value: unknown];

/**
 * The fields of a form, or of a JSON object, with those that are there twice. Empty: the content is neither, or is not UTF-8, or
 * compressed.
 *
 * @throws {AditError} 9010: it is longer than `maxBytes`.
 */
export async function bodyFields(request: PolicyRequest, maxBytes: number): Promise<Field[]> {
  const type = mediaTypeOf(request.headers);
  const read = type === 'application/x-www-form-urlencoded' ? formFields : isJson(type) ? jsonFields : undefined;
  if (!read || request.headers.has('content-encoding')) return [];
  const body = await request.readBody(maxBytes);
  try {
    return read(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    return []; // Then there is no token in it.
  }
}

function mediaTypeOf(headers: HeaderFields): string {
  const [type = '', ...others] = headers.values('content-type');
  return others.length > 0 ? '' : (type.split(';', 1)[0] ?? '').trim().toLowerCase();
}

function isJson(type: string): boolean {
  return /^application\/(?:[^/]+\+)?json$/.test(type);
}

function formFields(text: string): Field[] {
  return [...new URLSearchParams(text)];
}

/** A parser takes the last of two fields with one name, another may take the first. */
function jsonFields(text: string): Field[] {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const fields = new Map<string, unknown>(Object.entries(value));
  return topLevelKeys(text).map((key) => [key, fields.get(key)]);
}
