import { AditError, idPrefixes } from '@adit/contracts';

const maxChars = 255;
// Names stand in tables and logs: nothing that moves the cursor, hides or reorders text.
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const idLike = new RegExp(`^(?:${Object.values(idPrefixes).join('|')})_`);

/**
 * The name of an account or a user, without space around it.
 *
 * @throws {AditError} 9120: empty, too long, with characters that cannot be seen, or of the form of an id.
 */
export function checkedName(text: string): string {
  const name = text.trim();
  const wrong =
    name === ''
      ? 'it is empty'
      : name.length > maxChars
        ? `it is longer than ${maxChars} characters`
        : hidden.test(name)
          ? 'it has characters that cannot be seen'
          : idLike.test(name)
            ? 'it looks like an id'
            : undefined;
  if (wrong === undefined) return name;
  throw new AditError(9120, `Cannot use ${JSON.stringify(name.slice(0, maxChars))} as a name: ${wrong}`);
}
