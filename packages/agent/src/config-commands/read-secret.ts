import { createInterface } from 'node:readline';
import type { CommandIo } from '../command.ts';

const maxCharacters = 4096;
const keys = { enter: ['\r', '\n'], interrupt: '\u0003', endOfText: '\u0004', erase: ['\u007f', '\b'] } as const;

/**
 * Reads one line that must not be seen: typed at a terminal it is not echoed, piped in it is the first line. Undefined
 * when the user gave up (Ctrl-C), or nothing came.
 */
export async function readSecret(prompt: string, io: Pick<CommandIo, 'stdin' | 'stderr' | 'interrupted'>) {
  const line = io.stdin.isTTY && io.stdin.setRawMode ? await typedSecret(prompt, io) : await firstLine(io);
  return line?.trim() || undefined;
}

/** What is typed at a terminal without echo, as it is. Undefined when the user gave up. */
export async function typedSecret(
  prompt: string,
  io: Pick<CommandIo, 'stdin' | 'stderr' | 'interrupted'>,
): Promise<string | undefined> {
  const { stdin, stderr } = io;
  stderr.write(prompt);
  stdin.setRawMode?.(true);
  try {
    return await typedLine(io);
  } finally {
    stdin.setRawMode?.(false);
    stdin.pause();
    stderr.write('\n');
  }
}

async function firstLine({
  stdin,
  interrupted,
}: Pick<CommandIo, 'stdin' | 'interrupted'>): Promise<string | undefined> {
  const lines = createInterface({ input: stdin, signal: interrupted });
  for await (const line of lines) {
    lines.close();
    return line.slice(0, maxCharacters);
  }
  return undefined;
}

/** One line of a terminal, as it is; with echo if the terminal does that by itself. Undefined when the user gave up. */
export function typedLine({
  stdin,
  interrupted,
}: Pick<CommandIo, 'stdin' | 'interrupted'>): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const finish = (answer: string | undefined) => {
      stdin.off('data', onData).off('end', onEnd);
      interrupted.removeEventListener('abort', onEnd);
      resolve(answer);
    };
    const onEnd = () => finish(undefined);
    const onData = (bytes: Buffer | string) => {
      for (const character of bytes.toString()) {
        if (keys.enter.some((key) => key === character) || character === keys.endOfText) return finish(text);
        if (character === keys.interrupt) return finish(undefined);
        text = keys.erase.some((key) => key === character) ? text.replace(/.$/su, '') : text + character;
        text = text.slice(0, maxCharacters);
      }
    };
    stdin.on('data', onData).on('end', onEnd);
    interrupted.addEventListener('abort', onEnd, { once: true });
    stdin.resume();
  });
}
