import { expect, test } from 'vitest';
import { LiveArea } from './live-area.ts';
import { TestTerminal } from './terminal.testkit.ts';

function setUp(columns = 40, rows = 10) {
  const terminal = new TestTerminal(columns, rows);
  return { terminal, area: new LiveArea(terminal) };
}

test('LiveArea puts lines in place of the last ones, more of them or fewer', () => {
  const { terminal, area } = setUp();
  terminal.write('before\n');
  for (const lines of [['a'], ['b', 'c', 'd'], ['e', 'f']]) {
    area.draw(lines);
    expect(terminal.shown).toBe(['before', ...lines].join('\n'));
  }
});

test('LiveArea writes nothing for the lines that are there', () => {
  const { terminal, area } = setUp();
  area.draw(['a', 'b']);
  area.draw(['a', 'b']);
  expect(terminal.writes).toBe(1);
});

test('LiveArea puts what is printed above', () => {
  const { terminal, area } = setUp();
  area.draw(['a', 'b']);
  area.print('https://app.localhost\n');
  area.draw(['a', 'b']);
  expect(terminal.shown).toBe('https://app.localhost\na\nb');
});

test('LiveArea goes up by rows, not by lines, when a narrower terminal has broken them', () => {
  const { terminal, area } = setUp(40);
  terminal.write('before\n');
  area.draw(['x'.repeat(40), `\u001B[32m${'y'.repeat(25)}\u001B[39m`]);
  terminal.resize(20, 10);
  expect(terminal.shown.split('\n')).toHaveLength(5);
  area.clear();
  area.draw(['z']);
  expect(terminal.shown).toBe('before\nz');
});

test('LiveArea leaves lines standing below which another program has written', () => {
  const { terminal, area } = setUp();
  area.draw(['a']);
  terminal.write('shell\n');
  area.leave();
  area.draw(['b']);
  expect(terminal.shown).toBe('a\nshell\nb');
});
