// What the operator sees of a running server: its log, its metrics and the listener that serves them. The audit log is
// not here (store/), nor what visitors see (edge/).
import { pino } from 'pino';
import type { Log } from '../domain/log.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

// Keys whose values are secrets wherever they appear, down to the third level (headers inside a request inside a line).
const secretKeys = [
  'apiKey',
  'api_key',
  'authorization',
  'Authorization',
  'authtoken',
  'cookie',
  'Cookie',
  'password',
  'secret',
  'set-cookie',
  'token',
];
const redactPaths = secretKeys.flatMap((key) => ['', '*', '*.*'].map((parents) => `${parents}["${key}"]`));

/** Our own secrets are recognisable, so no line holds one, in whatever key or sentence it was put. */
const ownSecret = /\badit_(at|ak)_[A-Za-z0-9_-]{43}/g;

/**
 * A structured log: one JSON object a line, times in ISO 8601 UTC, errors under `err` with all their causes.
 * Goes to standard error, because standard output is for `--ready-json`. Lines are written without waiting, so a reader
 * that stalls never stalls visitors: beyond 16 MiB unread, further lines are dropped.
 *
 * @param options.destination For tests and embedders. Default: standard error.
 */
export function createLog(options: { level: LogLevel; destination?: { write(line: string): void } }): Log {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.errWithCause },
      redact: { paths: redactPaths, censor: '[redacted]' },
      hooks: { streamWrite: (line) => line.replace(ownSecret, 'adit_$1_[redacted]') },
    },
    options.destination ?? pino.destination({ dest: 2, sync: false, maxLength: 16 * 1024 * 1024 }),
  );
}
