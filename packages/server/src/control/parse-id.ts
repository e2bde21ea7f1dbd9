import { AditError, type Id, type IdKind, idPrefixes, isId } from '@adit/contracts';
import { z } from 'zod';
import { missing } from '../domain/authorize.ts';
import type { UserId } from '../domain/entities.ts';

/** The path parameters of an operation on one object. What is a right id differs by kind: see `parseId`. */
export const idParams = z.object({ id: z.string().describe('Id of the object.') });

/** @throws {AditError} 227: it has not the kind's prefix. 9101: it has, but no id looks like this. */
export function parseId<K extends IdKind>(kind: K, text: string): Id<K> {
  if (isId(kind, text)) return text;
  if (text.startsWith(`${idPrefixes[kind]}_`)) throw missing();
  throw new AditError(227, `Cannot use this id here: it must start with "${idPrefixes[kind]}_"`);
}

/** Of a person or a service user. Throws as `parseId` for a person. */
export function parseUserId(text: string): UserId {
  return isId('serviceUser', text) ? text : parseId('user', text);
}
