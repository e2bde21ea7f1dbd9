import { randomInt } from 'node:crypto';

const firstWords = words(`
  amber aqua ash autumn azure bold brave bright brisk calm cedar clear clever coral cosmic crisp dapper dawn deep dusky
  eager early ember fair fern fleet fresh gentle glad golden grand happy hazel honest icy jade jolly keen kind lemon
  light lively lucky lunar maple mellow merry mild misty noble ocean olive opal pearl polar proud quick quiet rapid
  ruby silver solar swift warm
`);
const secondWords = words(`
  ant badger bear beaver bee bison bobcat canary condor crane crow deer dolphin dove duck eagle falcon ferret finch fox
  frog gecko goat goose hare hawk hedgehog heron horse ibex ibis jackal jay koala lark lemur lion llama lynx magpie
  marmot mole moose newt otter owl panda parrot pelican penguin pony puffin quail rabbit raven robin seal shrew sparrow
  stork swan tiger toad wren
`);
const letters = 'abcdefghijklmnopqrstuvwxyz';
const letterCount = 6;

/**
 * A host label nobody asked for, e.g. `amber-otter-kqzwpa`. Two words of 64 each and six letters: 40 bits, so that
 * guessing names finds nothing. Ends in letters: a name that ends in `-<digits>` is reserved.
 */
export function randomLabel(): string {
  const tail = Array.from({ length: letterCount }, () => letters.charAt(randomInt(letters.length))).join('');
  return `${pick(firstWords)}-${pick(secondWords)}-${tail}`;
}

/** Choices there are, as a power of two. For the test that holds the promise above. */
export const randomLabelBits =
  Math.log2(firstWords.length * secondWords.length) + letterCount * Math.log2(letters.length);

function pick(list: readonly string[]): string {
  return list[randomInt(list.length)] ?? '';
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
