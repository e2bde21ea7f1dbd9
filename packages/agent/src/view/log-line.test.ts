import { readFileSync } from 'node:fs';
import { AditError } from '@adit/contracts';
import { handClock } from '@adit/sdk/testkit/hand-clock';
import { describe, expect, test } from 'vitest';
import { LineView } from './line-view.ts';
import { formatLine, logFormats, logLevels } from './log-line.ts';
import { logFields, logMessages } from './log-messages.ts';
import { hideSecrets } from './plain-text.ts';
import { TestTerminal } from './terminal.testkit.ts';

const record = { timeMs: 0, lvl: 'info', msg: 'a b' } as const;
const asItIs = (text: string): string => text;

test.each([
  ['http://localhost:3000', 'http://localhost:3000'],
  [12, '12'],
  ['two words', '"two words"'],
  ['', '""'],
  ['say "no"', '"say \\"no\\""'],
  ['a=b', '"a=b"'],
  ['back\\slash', '"back\\\\slash"'],
  ['one\ntwo', '"one\\ntwo"'],
  ['\u001B[2J', '"\\u001b[2J"'],
  ['\u009B31m\u202Ex', '"\\u009b31m\\u202ex"'],
])('formatLine() writes the value %j as %s, in one line', (value, expected) => {
  const line = formatLine({ ...record, fields: { key: value } }, 'logfmt', asItIs);
  expect(line).toBe(`t=1970-01-01T00:00:00.000Z lvl=info msg="a b" key=${expected}\n`);
  expect(formatLine({ ...record, fields: { key: value } }, 'term', asItIs)).toBe(
    `1970-01-01T00:00:00.000Z info  a b key=${expected}\n`,
  );
});

test('formatLine() makes one line of JSON that reads back as it was, and holds nothing that a terminal acts on', () => {
  const fields = { err: 'a\u001B[2J\u009B\u202E\n"é' };
  const line = formatLine({ ...record, fields }, 'json', asItIs);
  expect(JSON.parse(line)).toEqual({ lvl: 'info', msg: 'a b', ...fields, t: '1970-01-01T00:00:00.000Z' });
  expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\u202E]/u);
});

describe('no secret is written', () => {
  const own = `adit_at_${'Ab3-_'.repeat(8)}xyz`;
  const other = 'tok-from-elsewhere';
  const inUrl = 'hunter2';
  const everywhere = `x ${own} ${other} http://user:${inUrl}@localhost:3000/ \u001B`;
  const error = new AditError(9301, everywhere);

  /** Every method of the view, with secrets in every text it is given. */
  function tellAll(view: LineView): void {
    const endpoint = { id: 'ep_1', url: everywhere, upstreamUrl: everywhere, name: everywhere };
    view.status({ state: 'online', account: everywhere, serverVersion: everywhere });
    view.inspector(everywhere);
    view.endpoint(endpoint);
    view.forward({ state: 'online', id: 'ep_1', url: `${everywhere}2` });
    view.forward({ state: 'waiting', id: 'ep_1', url: everywhere, error });
    view.connection({ state: 'closed', forwardId: 'ep_1', clientAddress: everywhere, error });
    view.connection({ state: 'reached', forwardId: 'ep_1', clientAddress: everywhere, error: null });
    view.request({ method: everywhere, path: `/${everywhere}?${own}`, status: 200, durationMs: 1 });
    view.warning(everywhere);
    view.restarted(null);
    view.restarted(error);
    view.status({ state: 'reconnecting', error, attempt: 0, retryInMs: 0 });
    view.status({ state: 'reconnecting', error, attempt: 1, retryInMs: 1 });
    view.forward({ state: 'closed', id: 'ep_1', url: everywhere, error });
    view.forward({ state: 'closed', id: 'ep_2', url: everywhere, error: null });
    view.end(error);
  }

  test.each(logFormats)(
    '[invariant: no-secret-leaves] a token in every field of every message is not in %s',
    (format) => {
      const output = new TestTerminal();
      const clock = handClock();
      const hide = hideSecrets([other]);
      tellAll(new LineView({ output, format, level: 'debug', clock, heartbeatIntervalMs: () => 1_000, hide }));
      const withText = Object.values(logMessages).filter(({ msg }) => !['no heartbeat', 'stopped'].includes(msg));
      for (const { msg } of withText) expect(output.text).toContain(msg);
      for (const secret of [own, own.slice(0, 20), other, inUrl]) expect(output.text).not.toContain(secret);
      expect(output.text).toContain('adit_at_[redacted]');
    },
  );
});

test('hideSecrets() hides what is a secret by now', () => {
  const secrets: string[] = [];
  const hide = hideSecrets(secrets);
  expect(hide('tok-from-elsewhere')).toBe('tok-from-elsewhere');
  secrets.push('tok-from-elsewhere');
  expect(hide('tok-from-elsewhere')).toBe('[redacted]');
});

test('hideSecrets() leaves texts alone that hold none', () => {
  const hide = hideSecrets(['', 'short']);
  for (const text of ['in short: a@b.test', 'http://localhost:3000/@x', 'adit_at', 'mailto:a@b']) {
    expect(hide(text)).toBe(text);
  }
});

describe('docs/reference/agent-log.md', () => {
  const page = readFileSync(new URL('../../../../docs/reference/agent-log.md', import.meta.url), 'utf8');
  const rowsUnder = (heading: string) => {
    const [, section = ''] = page.split(`\n## ${heading}\n`);
    const rows = section.split('\n## ')[0]?.match(/^\| `.*\|$/gm) ?? [];
    return rows.map((row) => row.slice(2, -2).split(' | '));
  };

  test('has a row for each message: its level, what it says, and its fields', () => {
    expect(rowsUnder('Messages')).toEqual(
      Object.values(logMessages).map(({ lvl, msg, about, fields }) => [
        `\`${msg}\``,
        `\`${lvl}\``,
        about,
        fields.map((field) => `\`${field}\``).join(', '),
      ]),
    );
  });

  test('has a row for each field', () => {
    const always = ['t', 'lvl', 'msg'];
    const rows = rowsUnder('Fields').filter(([name = '']) => !always.includes(name.replaceAll('`', '')));
    expect(rows).toEqual(Object.entries(logFields).map(([name, meaning]) => [`\`${name}\``, meaning]));
  });

  test('names every format and every level', () => {
    for (const word of [...logFormats, ...logLevels]) expect(page).toContain(`\`${word}\``);
  });
});
