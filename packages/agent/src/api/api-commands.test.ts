// What is true of the commands whatever operations the document has.
import { expect, it } from 'vitest';
import { apiCalls } from './api-calls.ts';
import { apiCommands, readApiDocument } from './api-commands.ts';
import { madeUpDocument } from './made-up-document.testkit.ts';

const document = await readApiDocument();
const commands = apiCommands(document).commands.flatMap((resource) => resource.commands);

it('every operation that takes a key is a command of its own', () => {
  const names = commands.map(({ name }) => name);
  const keyed = Object.values(document.paths)
    .flatMap((methods) => Object.values(methods))
    .filter(({ security }) => security === undefined);
  expect(names.length).toBeGreaterThan(20);
  expect(names.length).toBe(keyed.length);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(
    expect.arrayContaining(['api endpoints health', 'api tunnel-sessions stop', 'api vaults create']),
  );
});

it.each(commands.map((command) => [command.name, command] as const))(
  '%s has no two options of one name',
  (_, command) => {
    const names = command.options.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]+$/);
  },
);

it('a call knows its list by the answer', () => {
  expect(apiCalls(madeUpDocument).map(({ verb, listKey }) => [verb, listKey])).toEqual([
    ['list', 'things'],
    ['create', undefined],
    ['get', undefined],
    ['delete', undefined],
  ]);
});
