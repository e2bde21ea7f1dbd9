import { createInterface } from 'node:readline';
import { AditError } from '@adit/contracts';
import type { CommandIo } from '../command.ts';
import { typedLine, typedSecret } from '../config-commands/read-secret.ts';

/** Asks for what a login takes: at a terminal one after the other, else the lines of standard input in the same order. */
export interface Prompts {
  /** Whether somebody types, who can mistype. */
  readonly isTyped: boolean;
  /** @throws {AditError} 9500: nothing came. */
  text(what: string): Promise<string>;
  /** The same without echo. */
  secret(what: string): Promise<string>;
}

export function openPrompts(io: Pick<CommandIo, 'stdin' | 'stderr' | 'interrupted'>): Prompts {
  return io.stdin.isTTY && io.stdin.setRawMode ? terminalPrompts(io) : linePrompts(io);
}

function terminalPrompts(io: Pick<CommandIo, 'stdin' | 'stderr' | 'interrupted'>): Prompts {
  return {
    isTyped: true,
    text: async (what) => {
      io.stderr.write(`${what}: `);
      return needed(what, await typedLine(io).finally(() => io.stdin.pause())).trim();
    },
    secret: async (what) => needed(what, await typedSecret(`${what} (not shown): `, io)),
  };
}

function linePrompts({ stdin, interrupted }: Pick<CommandIo, 'stdin' | 'interrupted'>): Prompts {
  let lines: AsyncIterator<string> | undefined;
  const next = async (what: string): Promise<string> => {
    lines ??= createInterface({ input: stdin, signal: interrupted })[Symbol.asyncIterator]();
    const { value, done } = await lines.next();
    return needed(what, done ? undefined : value);
  };
  return { isTyped: false, text: next, secret: next };
}

function needed(what: string, answer: string | undefined): string {
  if (answer) return answer;
  throw new AditError(9500, `Cannot go on without this: ${what}`);
}

/** At a terminal asked for twice, until both are the same. */
export async function askNewPassword(prompts: Prompts, { stderr }: Pick<CommandIo, 'stderr'>): Promise<string> {
  for (;;) {
    const password = await prompts.secret('New password, 12 bytes or more');
    if (!prompts.isTyped || (await prompts.secret('The same again')) === password) return password;
    stderr.write('adit: they are not the same; once more\n');
  }
}
