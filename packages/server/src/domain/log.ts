/** One line of the structured log: facts by name. Never a secret. An error goes under `err`, with its causes. */
export type LogFields = Readonly<Record<string, unknown>>;

/** What product code may ask of the log. Pino's logger satisfies it. */
export interface Log {
  /** False: what would be told is dropped, so it need not be gathered. */
  isLevelEnabled(level: 'debug'): boolean;
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}
