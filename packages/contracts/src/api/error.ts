import { z } from 'zod';

/** The body of every answer with a status of 400 or more. */
export const errorBody = z
  .object({
    error_code: z
      .templateLiteral(['ERR_ADIT_', z.int()])
      .describe('Stable code of the error; see the error reference.'),
    status_code: z.int().describe('The HTTP status, again.'),
    msg: z.string().describe('What is wrong and what to do, for people. Programs use `error_code`.'),
    details: z
      .looseObject({ operation_id: z.string().describe('Names this call in the log of the server.') })
      .describe('Facts for programs.'),
  })
  .meta({ id: 'Error' });
export type ErrorBody = z.infer<typeof errorBody>;
