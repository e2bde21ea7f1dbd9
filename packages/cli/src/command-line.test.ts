import { PassThrough } from 'node:stream';
import type { Command } from '@adit/agent';
import { expect, it } from 'vitest';
import { parseCommandLine } from './command-line.ts';

const command: Command = {
  name: 'try',
  summary: 'A command',
  arguments: [{ name: 'word', description: '', isRequired: false, isVariadic: true }],
  options: [
    { name: 'on', value: null, description: '' },
    { name: 'six', short: '6', value: null, description: '' },
    { name: 'text', value: '<text>', description: '' },
    { name: 'again', value: '<text>', description: '', isRepeatable: true },
    { name: 'secret', value: null, description: 'hidden', isHidden: true },
  ],
  run: async () => 0,
};

const parse = (...words: string[]) => parseCommandLine(command, words, { stdout: new PassThrough() });

it.each([
  [[], {}],
  [['--on'], { on: 'true' }],
  [['--on=true'], { on: 'true' }],
  [['--on=false'], { on: 'false' }],
  [['--on', '--on=false'], { on: 'false' }],
  [['--on=false', '--on'], { on: 'true' }],
  [['-6'], { six: 'true' }],
  [['--text=false'], { text: 'false' }],
  [['--text', 'a', '--text', 'b'], { text: 'b' }],
  [['--again', 'a', '--again', 'b'], { again: ['a', 'b'] }],
  [['--secret'], { secret: 'true' }],
])('parseCommandLine(%j) answers options %j', (words, options) => {
  expect(parse(...words)).toEqual({ arguments: [], options });
});

it.each([
  [
    ['a', 'b'],
    ['a', 'b'],
  ],
  [['-'], ['-']],
  [['--', '--on=false'], ['--on=false']],
])('parseCommandLine(%j) answers arguments %j', (words, expected) => {
  expect(parse(...words)).toEqual({ arguments: expected, options: {} });
});

it.each([[['--on=maybe']], [['--of']]])('parseCommandLine(%j) is refused', (words) => {
  expect(() => parse(...words)).toThrow(expect.objectContaining({ code: 9500 }));
});

it('parseCommandLine() shows options under their heading', async () => {
  const stdout = new PassThrough();
  const group = 'Rules:';
  const options = [...command.options, { name: 'grouped', value: null, description: '', group }];
  expect(parseCommandLine({ ...command, options }, ['--help'], { stdout })).toBe('help');
  const help = String(stdout.read());
  expect(help).toMatch(/Options:\n[^]*--again[^]*\nRules:\n +--grouped\n/);
});
