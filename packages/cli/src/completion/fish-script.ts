import type { CompletionModel, OfferedCommand, OfferedOption } from './completion-model.ts';
import { fishQuoted } from './shell-quoted.ts';

/** A completion script for fish. */
export function fishScript({ first, next, commands }: CompletionModel): string {
  const groups = [...next].flatMap(([group, offers]) => {
    const words = offers.map(({ word }) => word).join(' ');
    const when = `${seen(group.split(' '))}; and not __fish_seen_subcommand_from ${words}`;
    return offers.map(({ word, summary }) => line({ when, rest: `-a ${word} -d ${fishQuoted(summary)}` }));
  });
  const lines = [
    '# fish completion of adit, printed by "adit completion fish"',
    'complete -c adit -f',
    ...first.map(({ word, summary }) =>
      line({ when: '__fish_use_subcommand', rest: `-a ${word} -d ${fishQuoted(summary)}` }),
    ),
    ...groups,
    ...commands.flatMap(commandLines),
  ];
  return `${lines.join('\n')}\n`;
}

function seen(words: readonly string[]): string {
  return words.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
}

function line({ when, rest }: { when: string; rest: string }): string {
  return `complete -c adit -n ${fishQuoted(when)} ${rest}`;
}

function commandLines({ path, options, firstArgument }: OfferedCommand): string[] {
  const when = seen(path);
  const argument = firstArgument.length > 0 ? [line({ when, rest: `-a ${fishQuoted(firstArgument.join(' '))}` })] : [];
  return [...options.map((option) => line({ when, rest: optionWords(option) })), ...argument];
}

function optionWords({ word, short, summary, value, choices }: OfferedOption): string {
  const values = {
    none: '',
    text: ' -x',
    file: ' -r -F',
    directory: " -x -a '(__fish_complete_directories)'",
    choice: ` -x -a ${fishQuoted(choices.join(' '))}`,
  }[value];
  return `${short === '' ? '' : `-s ${short} `}-l ${word}${values} -d ${fishQuoted(summary)}`;
}
