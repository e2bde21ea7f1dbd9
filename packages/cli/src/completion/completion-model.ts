import type { Command, CommandGroup, CommandTree } from '@adit/agent';
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
  /** What may follow those words that must be followed by others, e.g. `config`, `api` and `api vaults`. */
  readonly next: ReadonlyMap<string, readonly Offer[]>;
  readonly commands: readonly OfferedCommand[];
}

/** Loads every command and collects what can be offered. Hidden options are not. */
export async function completionModel(entries: readonly Entry[]): Promise<CompletionModel> {
  const loaded = await Promise.all(entries.map((entry) => entry.load()));
  const groups = loaded.flatMap(groupsOf);
  return {
    first: entries.map(({ name, summary }) => ({ word: name, summary })),
    next: new Map(groups.map(({ name, commands }) => [name, commands.map(offerOf)])),
    commands: loaded.flatMap(commandsOf).map(offered),
  };
}

function groupsOf(tree: CommandTree): CommandGroup<CommandTree>[] {
  return 'commands' in tree ? [tree, ...tree.commands.flatMap(groupsOf)] : [];
}

function commandsOf(tree: CommandTree): Command[] {
  return 'commands' in tree ? tree.commands.flatMap(commandsOf) : [tree];
}

function offerOf({ name, summary }: CommandTree): Offer {
  return { word: name.split(' ').at(-1) ?? name, summary };
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
  return {
    word: name,
    summary: firstSentence(description),
    short,
    value: value === null ? ('none' as const) : kind,
    choices,
  };
}

/** There is a line for each, and there are many. */
function firstSentence(text: string): string {
  return text.split(/\. +(?=[A-Z])/)[0] ?? '';
}
