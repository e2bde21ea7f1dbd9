import { AditError } from '@adit/contracts';
import { z } from 'zod';

/**
 * A body by its schema.
 *
 * @throws {AditError} 9201: it is another, with the key that is wrong.
 */
export function readBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.length ? ` at ${JSON.stringify(issue.path.join('.'))}` : '';
  throw new AditError(9201, `Cannot read the body: ${issue?.message ?? 'it is not valid'}${where}`);
}

export const jsonObject = z.record(z.string(), z.unknown());
