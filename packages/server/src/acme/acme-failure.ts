import type { IncomingHttpHeaders } from 'node:http';
import type { OrderErrorKind } from '../domain/managed-certificates.ts';

/** Why an order did not end with a certificate, told by the authority or found on the way to it. */
export class AcmeFailure extends Error {
  override readonly name = 'AcmeFailure';
  readonly kind: OrderErrorKind;
  /** The problem's type without its prefix (RFC 8555 §6.7), e.g. `rateLimited`; null: it did not come as a problem. */
  readonly problem: string | null;
  /** The authority wants no other try before; null: it did not say. */
  readonly retryAtMs: number | null;

  constructor(
    kind: OrderErrorKind,
    message: string,
    options: { problem?: string | null; retryAtMs?: number | null; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.kind = kind;
    this.problem = options.problem ?? null;
    this.retryAtMs = options.retryAtMs ?? null;
  }

  /** Whether another authority may do what this one does not. */
  get mayDifferElsewhere(): boolean {
    return this.kind === 'unreachable' || this.kind === 'rate-limited';
  }
}

const problemPrefix = 'urn:ietf:params:acme:error:';
const maxTextLength = 500;

const kinds: Readonly<Record<string, OrderErrorKind>> = {
  dns: 'dns',
  connection: 'dns',
  tls: 'dns',
  unauthorized: 'dns',
  incorrectResponse: 'dns',
  caa: 'refused',
  rejectedIdentifier: 'refused',
  unsupportedIdentifier: 'refused',
  unsupportedContact: 'refused',
  invalidContact: 'refused',
  externalAccountRequired: 'refused',
  userActionRequired: 'refused',
  rateLimited: 'rate-limited',
  serverInternal: 'unreachable',
};

/** A problem document (RFC 7807) as it stands in an answer, an authorization or an order. */
interface Problem {
  readonly type: string | null;
  readonly detail: string;
}

/** @param value Whatever an authority sent. */
export function readProblem(value: unknown): Problem {
  const { type, detail } = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const isAcme = typeof type === 'string' && type.startsWith(problemPrefix);
  return {
    type: isAcme ? plainText(type.slice(problemPrefix.length)) : null,
    detail: typeof detail === 'string' ? plainText(detail) : '',
  };
}

/** What an answer with an error status says. */
export function failureOfAnswer(
  { status, headers, data }: { status: number; headers: IncomingHttpHeaders; data: unknown },
  { host, nowMs }: { host: string; nowMs: number },
): AcmeFailure {
  const problem = readProblem(data);
  const message = `${host} answers ${status}${problem.detail && `: ${problem.detail}`}`;
  const retryAtMs = readRetryAfter(headers['retry-after'], nowMs);
  return new AcmeFailure(kindOf(status, problem.type), message, { problem: problem.type, retryAtMs });
}

/** What an authorization or an order that became invalid says. */
export function failureOfProblem(value: unknown, host: string): AcmeFailure {
  const { type, detail } = readProblem(value);
  return new AcmeFailure(kinds[type ?? ''] ?? 'internal', `${host} says: ${detail || 'no reason'}`, { problem: type });
}

function kindOf(status: number, type: string | null): OrderErrorKind {
  if (status === 429) return 'rate-limited';
  if (status >= 500) return 'unreachable';
  return kinds[type ?? ''] ?? 'internal';
}

/** Seconds, or a date (RFC 9110 §10.2.3). */
function readRetryAfter(text: string | undefined, nowMs: number): number | null {
  if (text === undefined) return null;
  const atMs = /^\d{1,9}$/.test(text) ? nowMs + Number(text) * 1000 : Date.parse(text);
  return Number.isNaN(atMs) ? null : atMs;
}

/** For logs and pages: bounded, and nothing that moves a cursor. */
function plainText(text: string): string {
  return text.slice(0, maxTextLength).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}
