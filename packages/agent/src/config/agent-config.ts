import { z } from 'zod';

/** The agent's configuration file: version 3 of ngrok's format, as far as it is supported. Anything else is refused. */
export const agentConfigSchema = z.strictObject({
  version: z.union([z.literal(3), z.literal('3')]).describe('Version of the file format: 3'),
  agent: z.strictObject({
    authtoken: z.string().min(1).optional().describe('The credential. Secret. ADIT_AUTHTOKEN wins over it'),
    connect_url: z.string().min(1).optional().describe('host:port of the server'),
    connect_cas: z
      .string()
      .min(1)
      .optional()
      .describe('PEM file of the CA to trust, relative to this file; "host" or absent: the roots of the system'),
    metadata: z.string().max(4096).optional().describe('Your own text about the session, at most 4,096 characters'),
  }),
});

export type AgentConfig = z.output<typeof agentConfigSchema>['agent'];
