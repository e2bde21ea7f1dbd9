import { text } from 'node:stream/consumers';
import type { CommandIo } from '@adit/agent';
import { AditError } from '@adit/contracts';
import { readNamed } from './asked-visitor.ts';

/**
 * The policy in a file; `-`: what is piped in.
 *
 * @throws {AditError} 9202: it cannot be read, or is empty: somebody may be writing it.
 */
export async function policyText(file: string, { stdin }: Pick<CommandIo, 'stdin'>): Promise<string> {
  const policy = file === '-' ? await text(stdin) : (await readNamed(file)).toString();
  if (policy.trim() === '') throw new AditError(9202, `Cannot read the policy from "${file}": it is empty`);
  return policy;
}
