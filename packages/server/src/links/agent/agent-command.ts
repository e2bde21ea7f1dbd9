import { AditError } from '@adit/contracts';
import { call, type MuxSession, parsePlainReply, streamTypes } from '@adit/wire';
import type { AgentClient } from './authenticator.ts';

/** Commands to the whole agent (agent protocol, §10.6). The agent decides; the session is not closed for it. */
export type AgentCommand =
  | { readonly type: 'stop' | 'restart' }
  | { readonly type: 'update'; readonly version: string; readonly permitMajorVersion: boolean };

/**
 * Asks an agent to stop, restart or update itself.
 *
 * @param options.client What the agent said in Auth about the commands it supports.
 * @throws {AditError} 9402: the agent says it cannot, or it refused. 9001, 9005, 9303, 9400: no answer, or no valid one.
 */
export async function sendCommand(
  session: MuxSession,
  command: AgentCommand,
  options: { readonly client: AgentClient; readonly timeoutMs: number },
): Promise<void> {
  const unsupported = options.client.unsupported[command.type];
  if (unsupported !== '') throw refused(command, unsupported ?? 'it does not know the command');
  const answer = parsePlainReply(
    await call(session, { type: streamTypes[command.type], body: bodyOf(command) }, options),
  );
  if (answer.Error !== '') throw refused(command, answer.Error);
}

function bodyOf(command: AgentCommand): object {
  if (command.type !== 'update') return {};
  return { Version: command.version, PermitMajorVersion: command.permitMajorVersion };
}

function refused({ type }: AgentCommand, why: string): AditError {
  return new AditError(9402, `Cannot ${type} the agent: ${why}`);
}
