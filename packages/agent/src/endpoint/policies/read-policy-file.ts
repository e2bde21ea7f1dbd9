import { createReadStream } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';
import { AditError } from '@adit/contracts';
import { policyFileLimits } from './policy-file-limits.ts';
import { readBoundedText } from './read-bounded-text.ts';

/**
 * The text of a file that policies need; pipes are files, too.
 *
 * @param what What is in it, for messages: `the traffic policy`.
 * @throws {AditError} 9202: it cannot be read, or is longer than 256 KiB, empty or no text. Its content is not repeated.
 */
export async function readPolicyFile(what: string, file: string): Promise<string> {
  const refuse = (why: string, cause?: unknown) =>
    new AditError(9202, `Cannot read ${what} from "${file}": ${why}`, { cause });
  const text = await readBoundedText(createReadStream(file), policyFileLimits.maxBytes).catch((cause: unknown) => {
    throw refuse(whyOf(cause), cause);
  });
  if (text.trim() === '') throw refuse('it is empty');
  return text;
}

function whyOf(cause: unknown): string {
  const { errno, message } = cause as NodeJS.ErrnoException;
  return errno === undefined ? message : getSystemErrorMessage(errno);
}
