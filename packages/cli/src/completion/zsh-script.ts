import type { CompletionModel, Offer, OfferedCommand, OfferedOption } from './completion-model.ts';
import { shellQuoted } from './shell-quoted.ts';

/** A completion script for zsh; the name of its file must be `_adit`. */
export function zshScript({ first, next, commands }: CompletionModel): string {
  const groups = [...next].map(
    ([words, offers]) => `      (${shellQuoted(words)}) offers=(${offers.map(described).join(' ')}) ;;`,
  );
  return `#compdef adit
# zsh completion of adit, printed by "adit completion zsh"
_adit() {
  local -a offers
  local command_path="$words[2]"
  integer skip=1
  if (( CURRENT == 2 )); then
    offers=(${first.map(described).join(' ')})
    _describe 'command' offers
    return
  fi
  while true; do
    offers=()
    case "$command_path" in
${groups.join('\n')}
    esac
    (( $#offers )) || break
    (( skip += 1 ))
    if (( CURRENT == skip + 1 )); then
      _describe 'command' offers
      return
    fi
    command_path="$command_path $words[skip + 1]"
  done
  shift $skip words
  (( CURRENT -= skip ))
  case "$command_path" in
${commands.map(commandCase).join('\n')}
  esac
}
compdef _adit adit
`;
}

/** `word:meaning`; a colon in either would end the word. */
function described({ word, summary }: Offer): string {
  return shellQuoted(`${word.replaceAll(':', '\\:')}:${summary.replaceAll(':', '\\:')}`);
}

function commandCase({ path, options, firstArgument }: OfferedCommand): string {
  const argument = firstArgument.length > 0 ? [shellQuoted(`1: :(${firstArgument.join(' ')})`)] : [];
  const words = [...options.flatMap(optionSpecs), ...argument];
  return `    (${shellQuoted(path.join(' '))}) _arguments ${words.join(' ')} ;;`;
}

function optionSpecs({ word, short, summary, value, choices }: OfferedOption): string[] {
  const meaning = summary.replaceAll(/[[\]:\\]/g, '\\$&');
  const message = value === 'none' ? '' : `:${value}:`;
  const action = { none: '', text: '', file: '_files', directory: '_files -/', choice: `(${choices.join(' ')})` }[
    value
  ];
  const spellings = [`--${word}`, ...(short === '' ? [] : [`-${short}`])];
  return spellings.map((spelling) => shellQuoted(`*${spelling}[${meaning}]${message}${action}`));
}
