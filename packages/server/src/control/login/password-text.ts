import { AditError } from '@adit/contracts';

const [minBytes, maxBytes] = [12, 1024];

/**
 * A password that somebody chooses, as it is hashed. Length is all that is asked for: rules about its characters make people
 * choose what is guessed first (NIST SP 800-63B, 3.1.1.2).
 *
 * @param before The one that it replaces; undefined: not known here.
 * @throws {AditError} 9144: too short, too long, the one before, or one character again and again.
 */
export function checkedPassword(text: string, before?: string): string {
  const password = normalPassword(text);
  const bytes = Buffer.byteLength(password);
  const wrong =
    bytes < minBytes
      ? `it has less than ${minBytes} bytes`
      : bytes > maxBytes
        ? `it has more than ${maxBytes} bytes`
        : new Set(password).size === 1
          ? 'it is one character again and again'
          : before !== undefined && password === normalPassword(before)
            ? 'it is the one that it shall replace'
            : undefined;
  if (wrong === undefined) return password;
  throw new AditError(9144, `Cannot use this password: ${wrong}`);
}

/** Keyboards write one character in different ways (Unicode NFC, as NIST SP 800-63B, 3.1.1.2 has it). */
export function normalPassword(text: string): string {
  return text.normalize('NFC');
}
