import { z } from 'zod';

/** It has no settings. */
export const closeConnectionConfig = z.strictObject({});

export type CloseConnectionConfig = z.output<typeof closeConnectionConfig>;
