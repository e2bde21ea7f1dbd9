import type { CompletionModel, OfferedCommand, OfferedOption } from './completion-model.ts';
import { shellQuoted } from './shell-quoted.ts';

/** A completion script for bash 4 and later. */
export function bashScript({ first, next, commands }: CompletionModel): string {
  const groups = [...next].map(
    ([words, offers]) => `      ${shellQuoted(words)}) words=${wordList(offers.map((it) => it.word))} ;;`,
  );
  return `# bash completion of adit, printed by "adit completion bash"
_adit() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" words='' path="\${COMP_WORDS[1]}" depth=1
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    words=${wordList(first.map(({ word }) => word))}
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    return
  fi
  while true; do
    words=''
    case "$path" in
${groups.join('\n')}
    esac
    [[ -n $words ]] || break
    ((depth += 1))
    if ((COMP_CWORD == depth)); then
      COMPREPLY=($(compgen -W "$words" -- "$current"))
      return
    fi
    path="$path \${COMP_WORDS[depth]}"
  done
  case "$path $previous" in
${commands.flatMap(valueCases).join('\n')}
  esac
  case "$path" in
${commands.map(commandCase).join('\n')}
    *) words='' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _adit adit
`;
}

function wordList(words: readonly string[]): string {
  return shellQuoted(words.join(' '));
}

function commandCase({ path, options, firstArgument }: OfferedCommand): string {
  const words = [...firstArgument, ...options.map(({ word }) => `--${word}`)];
  return `    ${shellQuoted(path.join(' '))}) words=${wordList(words)} ;;`;
}

/** What to offer after an option that takes a value. */
function valueCases({ path, options }: OfferedCommand): string[] {
  return options.flatMap((option) => {
    const values = valuesOf(option);
    if (values === undefined) return [];
    const spellings = [`--${option.word}`, ...(option.short === '' ? [] : [`-${option.short}`])];
    const pattern = spellings.map((spelling) => shellQuoted(`${path.join(' ')} ${spelling}`)).join(' | ');
    return [`    ${pattern}) ${values}return ;;`];
  });
}

function valuesOf({ value, choices }: OfferedOption): string | undefined {
  switch (value) {
    case 'none':
      return undefined;
    case 'text':
      return '';
    case 'choice':
      return `COMPREPLY=($(compgen -W ${wordList(choices)} -- "$current")); `;
    case 'file':
    case 'directory':
      // The shell's own way with files: quoting, slashes, hidden ones.
      return `compopt -o ${value === 'file' ? 'default' : 'dirnames'}; `;
  }
}
