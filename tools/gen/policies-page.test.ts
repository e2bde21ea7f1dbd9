import { policyModules } from '@adit/policies';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { fieldsTable, policiesPage } from './policies-page.ts';

test('policiesPage() has a chapter for each module, in the order of the registry, and one for what is not there', () => {
  const chapters = [...policiesPage().matchAll(/^## (.*)$/gm)].map((match) => match[1]);
  expect(chapters).toEqual([...policyModules.map((module) => module.name), 'Not there']);
});

test('fieldsTable() shows name, type, default and meaning of each field', () => {
  const schema = z.strictObject({
    names: z.array(z.string()).default([]).describe('Names.'),
    mode: z.enum(['on', 'off']).optional().describe('Mode.'),
    count: z.number().describe('Count.'),
  });
  expect(fieldsTable({ schema }).split('\n').slice(2)).toEqual([
    '| `names` | list of string | `[]` | Names. |',
    '| `mode` | `"on"`, `"off"` |  | Mode. |',
    '| `count` | number | required | Count. |',
  ]);
});
