import { AditError, toAditError } from '@adit/contracts';
import { call, type MuxSession, parsePlainReply, streamTypes } from '@adit/wire';
import type { AgentCommand } from '../../domain/agent-command.ts';
import type { AgentClient } from './authenticator.ts';

/** Of an agent's words that are passed on. */
const maxWordsChars = 500;

/**
 * Asks an agent to stop, restart or update itself.
 *
 * @param options.client What the agent said in Auth about the commands it supports.
 * @throws {AditError} 9406: the agent says it cannot, or it refused; the message has its words. 9407: no answer, or no valid
 *   one.
 */
export async function sendCommand(
  session: MuxSession,
  command: AgentCommand,
  options: { readonly client: AgentClient; readonly timeoutMs: number },
): Promise<void> {
  const unsupported = options.client.unsupported[command.type];
  if (unsupported !== '') throw refused(command, unsupported ?? 'it does not know the command');
  const words = await ask(session, command, options.timeoutMs).catch((cause: unknown) => {
    throw unanswered(command, cause);
  });
  if (words !== '') throw refused(command, words);
}

/** Answers why the agent refuses; empty: it does not. */
async function ask(session: MuxSession, command: AgentCommand, timeoutMs: number): Promise<string> {
  const request = { type: streamTypes[command.type], body: bodyOf(command) };
  return parsePlainReply(await call(session, request, { timeoutMs })).Error;
}

function bodyOf({ type }: AgentCommand): object {
  // Rust needs both keys, or it does not answer.
  return type === 'update' ? { Version: '', PermitMajorVersion: false } : {};
}

function refused({ type }: AgentCommand, words: string): AditError {
  return new AditError(9406, `Cannot ${type} the agent: ${plainWords(words) || 'it does not say why'}`);
}

function unanswered({ type }: AgentCommand, cause: unknown): AditError {
  const error = toAditError(cause);
  // A bug of ours is not the agent's silence.
  if (error.code === 9000) return error;
  const why = error.code === 9001 ? 'no answer came in time' : 'its connection was lost, or the answer cannot be read';
  return new AditError(9407, `Cannot ${type} the agent: ${why}`, { cause });
}

/** On one line, without the code that agents put below: it is of their table, and may be none of ours. */
function plainWords(words: string): string {
  const lines = words.split(/[\r\n]+/).filter((line) => !/^ERR_[A-Z]+_\d+$/.test(line.trim()));
  const text = lines
    .join(' ')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
    .trim();
  return text.length > maxWordsChars ? `${text.slice(0, maxWordsChars)}…` : text;
}
