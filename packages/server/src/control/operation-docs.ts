// What a route says of itself beside its schemas. The document of the API, its reference page and `adit api` are made from
// it (tools/gen/openapi); while the server runs nothing reads it.
import type { HeaderName } from '@adit/contracts/api';
import { z } from 'zod';

interface OperationDocs {
  /** What clients made from the document call it, e.g. `createVault`. Unique. */
  readonly operationId?: string;
  /** What it does, in a line without a full stop. */
  readonly summary?: string;
  /** Request headers that it understands besides those of every operation. */
  readonly requestHeaders?: readonly HeaderName[];
  /** Headers of its answers that callers can use. */
  readonly responseHeaders?: readonly HeaderName[];
  /** Answers that are not JSON: their media types, by status. */
  readonly media?: Readonly<Record<number, string>>;
}

declare module 'fastify' {
  interface FastifySchema extends OperationDocs {}
}

/** The schema of an answer without a body. */
export const noContent = z.undefined().describe('Done.');
