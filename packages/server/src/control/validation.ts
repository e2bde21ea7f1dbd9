import { AditError } from '@adit/contracts';
import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';

/** Checks body and query by the contract's schemas; the first thing that is wrong becomes the error. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  return (value: unknown) => {
    const result = schema.safeParse(value);
    return result.success ? { value: result.data } : { error: toInvalid(result.error, httpPart ?? 'request') };
  };
};

function toInvalid(error: z.ZodError, part: string): AditError {
  const issue = error.issues[0];
  const attempt = `Cannot read the ${part === 'querystring' ? 'query' : part}`;
  if (issue?.code === 'unrecognized_keys') return new AditError(214, `${attempt}: ${quote(issue.keys)} is unknown`);
  if (issue === undefined || issue.path.length === 0) return new AditError(213, `${attempt}: it is not an object`);
  return new AditError(215, `${attempt}: ${quote(issue.path)}: ${issue.message}`);
}

/** The names come from the caller: short, and on one line. */
function quote(names: readonly PropertyKey[]): string {
  return JSON.stringify(names.map(String).join('.').slice(0, 100));
}
