import { escapeUnsafe, type Hide } from './plain-text.ts';

/** `term`: for people. `logfmt`: `key=value` pairs. `json`: one object a line. */
export const logFormats = ['term', 'logfmt', 'json'] as const;
export type LogFormat = (typeof logFormats)[number];

/** From all to the gravest. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'crit'] as const;
export type LogLevel = (typeof logLevels)[number];

export type LogValue = string | number;

export interface LogRecord {
  readonly timeMs: number;
  readonly lvl: LogLevel;
  readonly msg: string;
  /** In the order in which they are written. */
  readonly fields: Readonly<Record<string, LogValue>>;
}

/** True if lines of that level are wanted. */
export function isLogged(lvl: LogLevel, least: LogLevel): boolean {
  return logLevels.indexOf(lvl) >= logLevels.indexOf(least);
}

/** One line, its end included. No value can break out of it, nor holds a secret. */
export function formatLine(record: LogRecord, format: LogFormat, hide: Hide): string {
  const t = new Date(record.timeMs).toISOString();
  const { lvl, msg } = record;
  const fields = Object.entries(record.fields).map(([key, value]) => [key, hidden(value, hide)] as const);
  if (format === 'json') return `${escapeUnsafe(JSON.stringify({ lvl, msg, ...Object.fromEntries(fields), t }))}\n`;
  const head =
    format === 'logfmt'
      ? pairs([
          ['t', t],
          ['lvl', lvl],
          ['msg', msg],
        ])
      : `${t} ${lvl.padEnd(5)} ${msg}`;
  return fields.length === 0 ? `${head}\n` : `${head} ${pairs(fields)}\n`;
}

function hidden(value: LogValue, hide: Hide): LogValue {
  return typeof value === 'string' ? hide(value) : value;
}

function pairs(fields: readonly (readonly [string, LogValue])[]): string {
  return fields.map(([key, value]) => `${key}=${valueText(value)}`).join(' ');
}

/** Quoted where a reader could mistake it for something else. */
function valueText(value: LogValue): string {
  const text = String(value);
  return /^[\x21\x23-\x3C\x3E-\x5B\x5D-\x7E]+$/.test(text) ? text : escapeUnsafe(JSON.stringify(text));
}
