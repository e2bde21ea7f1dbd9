import { join } from 'node:path';
import { AditError } from '@adit/contracts';
import { expect, it } from 'vitest';
import { quickstartChoices } from './quickstart.ts';

const here = (name: string) => join(process.cwd(), name);

it.each([
  [[], {}, { upstream: null, url: 'demo', dataDir: here('.adit') }],
  [['http', '3000'], {}, { upstream: '3000', url: 'app', dataDir: here('.adit') }],
  [['http', '3000'], { url: 'shop', 'data-dir': 'x/y' }, { upstream: '3000', url: 'shop', dataDir: here('x/y') }],
])('quickstartChoices() of %j and %j, with an absolute data directory', (words, options, expected) => {
  expect(quickstartChoices({ arguments: words, options })).toEqual(expected);
});

it.each([[['http']], [['3000']], [['htttp', '3000']]])('quickstartChoices() refuses %j', (words) => {
  expect(() => quickstartChoices({ arguments: words, options: {} })).toThrow(AditError);
});
