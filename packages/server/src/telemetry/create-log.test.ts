import { AditError } from '@adit/contracts';
import { expect, test } from 'vitest';
import { newSecret } from '../domain/secret.ts';
import { createLog, type LogLevel } from './create-log.ts';

function logged(level: LogLevel, act: (log: ReturnType<typeof createLog>) => void): string {
  let text = '';
  act(createLog({ level, destination: { write: (line) => void (text += line) } }));
  return text;
}

test('createLog() writes one JSON object a line with level, ISO time and message', () => {
  const line: unknown = JSON.parse(logged('info', (log) => log.info({ port: 1 }, 'ready')));
  expect(line).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown,
    port: 1,
    msg: 'ready',
  });
});

test('createLog() leaves out what is below its level', () => {
  expect(logged('warn', (log) => log.info({}, 'quiet'))).toBe('');
});

test('createLog() keeps the whole chain of causes, and the code of our own errors', () => {
  const error = new AditError(9000, undefined, { cause: new Error('outer', { cause: new Error('inner') }) });
  const text = logged('error', (log) => log.error({ err: error }, 'failed'));
  expect(text).toContain('"code":9000');
  expect(text).toContain('"message":"outer"');
  expect(text).toContain('"message":"inner"');
});

test.each([
  ['a key of the line', { authtoken: 'hunter2' }],
  ['a key one level down', { request: { authorization: 'Bearer hunter2' } }],
  ['a key two levels down', { request: { headers: { 'set-cookie': 'hunter2' } } }],
])('createLog() hides the value of a secret key: %s', (_, fields) => {
  const text = logged('info', (log) => log.info(fields, 'request'));
  expect(text).not.toContain('hunter2');
  expect(text).toContain('[redacted]');
});

test.each(['authtoken', 'api_key'] as const)('createLog() hides our own %s wherever it stands', (kind) => {
  const secret = newSecret(kind);
  const error = new Error(`inside "${secret}"`, { cause: new Error(secret) });
  const text = logged('info', (log) => log.info({ note: `x ${secret} y`, deep: { a: [secret] }, err: error }, secret));
  expect(text).not.toContain(secret.slice(8));
  expect(text.match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(5);
});
