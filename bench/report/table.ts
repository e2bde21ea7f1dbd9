import type { Load } from '../job.ts';
import type { Row } from './rows.ts';

/** A Markdown table; the first column is text. */
export function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = columns.map((_, index) => (index === 0 ? '---' : '--:'));
  return [columns, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** One load's table under its name. */
export function loadTable(load: Load, rows: readonly Row[]): string {
  const unit = load.unit === 'MB' ? 'MB' : load.work.protocol === 'websocket' ? 'message' : 'request';
  const isSteady = load.work.pace.kind === 'steady';
  const rate = isSteady ? ['added p50 ms', 'added p99 ms'] : ['/s', 'MB/s'];
  const columns = [
    'setup',
    'visitor',
    ...rate,
    'p50 ms',
    'p99 ms',
    `CPU µs per ${unit}`,
    'edge',
    'agent',
    'edge ÷ nginx',
    'origin',
  ];
  const nginx = rows.find(({ setup }) => setup === 'nginx');
  const cells = rows.map((row) => [
    row.setup,
    row.isTls ? 'TLS' : 'plain',
    ...(isSteady
      ? [fixed(row.addedP50Ms, 2), fixed(row.addedP99Ms, 2)]
      : [fixed(row.perSecond, load.unit === 'MB' ? 2 : 0), fixed(row.megabytesPerSecond, 1)]),
    fixed(row.p50Ms, 2),
    fixed(row.p99Ms, 2),
    fixed(row.edgeMicros + row.agentMicros, 0),
    fixed(row.edgeMicros, 0),
    fixed(row.agentMicros, 0),
    nginx && nginx.edgeMicros > 0 ? fixed(row.edgeMicros / nginx.edgeMicros, 2) : '–',
    fixed(row.originMicros, 0),
  ]);
  return `### ${load.name}\n\n${markdownTable(columns, cells)}\n`;
}

/** A dash for what could not be measured. */
function fixed(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '–';
}
