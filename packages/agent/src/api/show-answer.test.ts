import { expect, it } from 'vitest';
import { testIo } from '../command-io.testkit.ts';
import { recordOutput } from '../output.testkit.ts';
import { documentWith } from './made-up-document.testkit.ts';
import { showList, showObject } from './show-answer.ts';

const document = documentWith({});
const schema = {
  properties: { id: {}, uri: {}, created_at: {}, description: {}, url: {}, public_url: {}, ref: {}, none: {} },
};
const item = {
  ...{ id: 'ep_1', uri: 'https://api/ep_1', created_at: '2026', description: 'x\x1b[31m' },
  ...{ url: 'https://a', public_url: 'https://a', ref: { id: 'ts_1', uri: 'https://api/ts_1' }, none: '' },
};

it('a list shows the columns that tell something: no copies, nothing empty, the common ones last', () => {
  expect(showList(document, { items: [item], schema }, testIo())).toBe(
    'ID    URL        REF   DESCRIPTION  CREATED AT\nep_1  https://a  ts_1  x?[31m       2026\n',
  );
});

it('on a terminal a list has its width and a bold head, unless NO_COLOR is set', () => {
  const { stream: stdout } = recordOutput({ isTTY: true, columns: 20 });
  expect(showList(document, { items: [item], schema }, { stdout, env: {} })).toBe(
    '\x1b[1mID    URL\x1b[0m\nep_1  https://a\n',
  );
  expect(showList(document, { items: [item], schema }, { stdout, env: { NO_COLOR: '1' } })).not.toContain('\x1b');
});

it('an empty list says so', () => {
  expect(showList(document, { items: [], schema }, testIo())).toBe('None.\n');
});

it('an object is a line for each field, which a terminal only shows', () => {
  const shown = showObject({
    id: 'a',
    'k\x07': 'x\ny',
    list: ['b', { id: 'c' }],
    inner: { d: 1 },
    none: null,
    on: false,
  });
  expect(shown).toBe('id     a\nk?     x?y\nlist   b, c\ninner  {"d":1}\nnone\non     false\n');
});
