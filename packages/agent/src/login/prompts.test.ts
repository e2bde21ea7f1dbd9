import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { testIo } from '../command-io.testkit.ts';
import { askNewPassword, openPrompts } from './prompts.ts';

/** A terminal that notes when it was told not to echo, and what is typed at it: a text for each question. */
function terminal(...typed: string[]) {
  const modes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (isRaw: boolean) => modes.push(isRaw) });
  const io = { ...testIo(), stdin };
  const type = async <T>(asked: Promise<T>): Promise<T> => {
    stdin.write(typed.shift() ?? '\u0003');
    return await asked;
  };
  return { io, modes, type, prompts: openPrompts(io) };
}

describe('at a terminal', () => {
  it('secrets are asked for without echo, and stay as they are', async () => {
    const { io, modes, type, prompts } = terminal('zoe\n', ' two words \r');
    expect([prompts.isTyped, await type(prompts.text('User'))]).toEqual([true, 'zoe']);
    expect(modes).toEqual([]);
    expect(await type(prompts.secret('Password'))).toBe(' two words ');
    expect(modes).toEqual([true, false]);
    expect([io.out.text, io.err.text]).toEqual(['', 'User: Password (not shown): \n']);
  });

  it('erasing takes a whole character', async () => {
    const { type, prompts } = terminal('a\u{1f980}\u007fb\r');
    expect(await type(prompts.secret('Password'))).toBe('ab');
  });

  it.each(['\u0003', '\r'])('who types %j gives up', async (key) => {
    const { type, prompts } = terminal(key);
    await expect(type(prompts.secret('Password'))).rejects.toMatchObject({ code: 9500 });
  });

  it('a new password is asked for until it is typed the same twice', async () => {
    const answers = ['one', 'another', 'three words', 'three words'];
    const { io } = terminal();
    const prompts = { isTyped: true, text: async () => '', secret: async () => answers.shift() ?? '' };
    expect(await askNewPassword(prompts, io)).toBe('three words');
    expect([answers, io.err.text]).toEqual([[], 'adit: they are not the same; once more\n']);
  });
});

describe('without a terminal', () => {
  it('the lines are answers, in their order, and nothing is said', async () => {
    const io = testIo({ input: 'zoe\n two words \nthree words\n' });
    const prompts = openPrompts(io);
    expect([await prompts.text('User'), await prompts.secret('Password')]).toEqual(['zoe', ' two words ']);
    expect(await askNewPassword(prompts, io)).toBe('three words');
    await expect(prompts.secret('Code')).rejects.toMatchObject({
      code: 9500,
      message: 'Cannot go on without this: Code',
    });
    expect(io.err.text).toBe('');
  });
});
