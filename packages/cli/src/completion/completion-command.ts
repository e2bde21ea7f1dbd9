import type { Command } from '@adit/agent';
import { AditError, toAditError } from '@adit/contracts';
import type { Entry } from '../entry.ts';
import { printError } from '../print-error.ts';
import { bashScript } from './bash-script.ts';
import { completionModel } from './completion-model.ts';
import { fishScript } from './fish-script.ts';
import { zshScript } from './zsh-script.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

const notes = `Try it in this shell, or put it where your shell looks for completions:

  bash   source <(adit completion bash)
         adit completion bash > ~/.local/share/bash-completion/completions/adit
  zsh    adit completion zsh > "\${fpath[1]}/_adit"
  fish   adit completion fish > ~/.config/fish/completions/adit.fish`;

/** `adit completion`: everything in the script comes from what the commands say of themselves. */
export function completionCommand(entries: readonly Entry[]): Command {
  return {
    name: 'completion',
    summary: 'Print a completion script for bash, zsh or fish',
    arguments: [{ name: 'shell', description: 'bash, zsh or fish', isRequired: true, choices: Object.keys(scripts) }],
    options: [],
    notes,
    run: async ({ arguments: [shell = ''] }, io) => {
      try {
        if (!Object.hasOwn(scripts, shell)) throw unknownShell(shell);
        io.stdout.write(scripts[shell as keyof typeof scripts](await completionModel(entries)));
        return 0;
      } catch (error) {
        return await printError(toAditError(error), io);
      }
    },
  };
}

function unknownShell(shell: string): AditError {
  return new AditError(9500, `Cannot print a completion script for "${shell}": there are bash, zsh and fish`);
}
