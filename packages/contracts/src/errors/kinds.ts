/**
 * What sort of failure an error is. Closed: a new kind needs an ADR. Programs branch on the kind or the code, never
 * on the text. The columns are the only translation from a failure to an HTTP status and to a process exit code.
 */
export const errorKinds = {
  invalid: { status: 400, exitCode: 2 },
  unauthenticated: { status: 401, exitCode: 3 },
  forbidden: { status: 403, exitCode: 4 },
  not_found: { status: 404, exitCode: 5 },
  conflict: { status: 409, exitCode: 6 },
  limit_exceeded: { status: 429, exitCode: 7 },
  unavailable: { status: 503, exitCode: 8 },
  upstream_failed: { status: 502, exitCode: 9 },
  timeout: { status: 504, exitCode: 10 },
  protocol: { status: 400, exitCode: 11 },
  internal: { status: 500, exitCode: 1 },
} as const satisfies Record<string, { status: number; exitCode: number }>;

export type ErrorKind = keyof typeof errorKinds;
