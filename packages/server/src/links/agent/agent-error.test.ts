import { AditError } from '@adit/contracts';
import { expect, test } from 'vitest';
import { agentErrorText } from './agent-error.ts';

test.each<[what: string, error: unknown, text: string]>([
  [
    "ngrok's code where the condition is ngrok's",
    new AditError(107, 'No such token'),
    'No such token\n\nERR_NGROK_107',
  ],
  ['our code for our own conditions', new AditError(9403, 'No OAuth'), 'No OAuth\n\nERR_ADIT_9403'],
  ['nothing about an internal failure', new Error('secret path'), 'Internal error\n\nERR_NGROK_802'],
  ['one code only', new AditError(301, 'bad\n\nERR_NGROK_1\r\nx'), 'bad ERR_NGROK_1 x\n\nERR_NGROK_301'],
])('agentErrorText() tells %s', (_what, error, text) => {
  expect(agentErrorText(error)).toBe(text);
});
