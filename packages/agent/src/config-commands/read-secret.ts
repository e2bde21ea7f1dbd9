import { createInterface } from 'node:readline';
import type { CommandIo } from '../command.ts';

const maxCharacters = 4096;
const keys = { enter: ['\r', '\n'], interrupt: '\u0003', endOfText: '\u0004', erase: ['\u007f', '\b'] } as const;

/**
 * Reads one line that must not be seen: typed at a terminal it is not echoed, piped in it is the first line. Undefined
 * when the user gave up (Ctrl-C), or nothing came.
 */
export async function readSecret(prompt: string, io: Pick<CommandIo, 'stdin' | 'stderr' | 'interrupted'>) {
  const { stdin, stderr } = io;
  if (!stdin.isTTY || !stdin.setRawMode) return await firstLine(io);
  stderr.write(prompt);
  stdin.setRawMode(true);
  try {
    return await typedLine(io);
  } finally {
    stdin.setRawMode(false);
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
    return line.slice(0, maxCharacters).trim() || undefined;
  }
  return undefined;
}

function typedLine({ stdin, interrupted }: Pick<CommandIo, 'stdin' | 'interrupted'>): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const finish = (answer: string | undefined) => {
      stdin.off('data', onData).off('end', onEnd);
      interrupted.removeEventListener('abort', onEnd);
      resolve(answer?.trim() || undefined);
    };
    const onEnd = () => finish(undefined);
    const onData = (bytes: Buffer | string) => {
      for (const character of bytes.toString()) {
        if (keys.enter.some((key) => key === character) || character === keys.endOfText) return finish(text);
        if (character === keys.interrupt) return finish(undefined);
        text = keys.erase.some((key) => key === character) ? text.slice(0, -1) : text + character;
        text = text.slice(0, maxCharacters);
      }
    };
    stdin.on('data', onData).on('end', onEnd);
    interrupted.addEventListener('abort', onEnd, { once: true });
    stdin.resume();
  });
}
