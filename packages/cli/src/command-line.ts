import type { Command as AditCommand, CommandIo, CommandOption, ParsedCommand } from '@adit/agent';
import { AditError } from '@adit/contracts';
import { Argument, Command, CommanderError, Option } from 'commander';

/**
 * Reads the words after a command's name by the command's own description of itself.
 *
 * @returns 'help' when help was asked for and has been printed on stdout.
 * @throws {AditError} 9500: unknown option, missing argument, value outside the choices; names the nearest known option.
 */
export function parseCommandLine(
  command: AditCommand,
  words: readonly string[],
  { stdout }: Pick<CommandIo, 'stdout'>,
): ParsedCommand | 'help' {
  const parser = createParser(command, stdout);
  try {
    parser.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return 'help';
    throw new AditError(9500, `Cannot run "adit ${command.name}": ${inOneLine(error.message)}`, { cause: error });
  }
  const values = parser.opts<Record<string, string | readonly string[]>>();
  const options = Object.fromEntries(command.options.flatMap((option) => entryOf(parser, { option, values })));
  return { arguments: parser.args, options };
}

function createParser({ name, summary, notes, ...command }: AditCommand, stdout: CommandIo['stdout']): Command {
  const parser = new Command(`adit ${name}`).description(summary).helpOption('-h, --help', 'Show this help');
  parser
    .exitOverride()
    .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: () => undefined })
    .allowExcessArguments(false)
    .showSuggestionAfterError();
  if (notes !== undefined) parser.addHelpText('after', `\n${notes}`);
  for (const { name: argument, description, isRequired } of command.arguments) {
    parser.addArgument(new Argument(isRequired ? `<${argument}>` : `[${argument}]`, description));
  }
  for (const option of command.options) parser.addOption(parserOption(option));
  return parser;
}

/** The parser's own words in the form of our messages. */
function inOneLine(message: string): string {
  return message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.+)\?\)$/, '; did you mean "$1"?')
    .replace(/\. ([A-Z])/, (_, letter: string) => `; ${letter.toLowerCase()}`)
    .replace(/\.$/, '')
    .replaceAll("'", '"');
}

function parserOption({ name, value, description, isRepeatable, choices }: CommandOption): Option {
  const option = new Option(value === null ? `--${name}` : `--${name} ${value}`, description);
  if (choices) option.choices([...choices]);
  if (isRepeatable) option.argParser((word: string, earlier: string[] | undefined) => [...(earlier ?? []), word]);
  return option;
}

/** Options under the names they were written with; a switch says 'true'. */
function entryOf(
  parser: Command,
  { option, values }: { option: CommandOption; values: Readonly<Record<string, unknown>> },
): [string, string | readonly string[]][] {
  const key = parser.options.find(({ long }) => long === `--${option.name}`)?.attributeName() ?? option.name;
  const value = values[key];
  if (value === undefined) return [];
  return [[option.name, value === true ? 'true' : (value as string | readonly string[])]];
}
