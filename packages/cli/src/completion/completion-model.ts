import type { Command } from '@adit/agent';
import type { Entry } from '../entry.ts';

/** A word to offer, and what it means. */
export interface Offer {
  readonly word: string;
  readonly summary: string;
}

/** An option to offer. */
export interface OfferedOption extends Offer {
  /** One letter; '': none. */
  readonly short: string;
  readonly value: 'none' | 'text' | 'file' | 'directory' | 'choice';
  readonly choices: readonly string[];
}

/** A command as completion sees it. */
export interface OfferedCommand {
  /** The words after `adit`. */
  readonly path: readonly string[];
  readonly options: readonly OfferedOption[];
  /** What its first argument may be; empty: anything. */
  readonly firstArgument: readonly string[];
}

export interface CompletionModel {
  readonly first: readonly Offer[];
  /** By the words so far, of which there may be several: what may follow. */
  readonly next: ReadonlyMap<string, readonly Offer[]>;
  readonly commands: readonly OfferedCommand[];
}

/** Loads every command and collects what can be offered. Hidden options are not. */
export async function completionModel(entries: readonly Entry[]): Promise<CompletionModel> {
  const loaded = await Promise.all(entries.map((entry) => entry.load()));
  const groups = loaded.filter((found) => 'commands' in found);
  return {
    first: entries.map(({ name, summary }) => ({ word: name, summary })),
    next: nextWords(groups.flatMap(({ commands }) => commands)),
    commands: loaded.flatMap((found) => ('commands' in found ? found.commands : [found])).map(offered),
  };
}

/** What may follow each beginning of a command of several words. */
function nextWords(commands: readonly Command[]): Map<string, Offer[]> {
  const next = new Map<string, Offer[]>();
  for (const { name, summary } of commands) {
    const words = name.split(' ');
    for (let count = 1; count < words.length; count++) {
      const before = words.slice(0, count).join(' ');
      const word = words[count] ?? '';
      const offers = next.get(before) ?? [];
      const isLast = count === words.length - 1;
      if (!offers.some((offer) => offer.word === word)) {
        offers.push({ word, summary: isLast ? summary : `Commands of "${before} ${word}"` });
      }
      next.set(before, offers);
    }
  }
  return next;
}

const help: OfferedOption = { word: 'help', summary: 'Show this help', short: 'h', value: 'none', choices: [] };

function offered({ name, arguments: [argument], options }: Command): OfferedCommand {
  const visible = options.filter(({ isHidden }) => !isHidden);
  return {
    path: name.split(' '),
    options: [...visible.map(offeredOption), help],
    firstArgument: argument?.choices ?? [],
  };
}

function offeredOption({ name, description, value, short = '', choices = [], completes }: Command['options'][number]) {
  const kind: OfferedOption['value'] = choices.length > 0 ? 'choice' : (completes ?? 'text');
  return { word: name, summary: description, short, value: value === null ? ('none' as const) : kind, choices };
}
