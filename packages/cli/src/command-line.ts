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
  const { rest, isOff } = withoutFalse(command, words);
  try {
    parser.parse(rest, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return 'help';
    throw new AditError(9500, `Cannot run "adit ${command.name}": ${inOneLine(error.message)}`, { cause: error });
  }
  const values = parser.opts<Record<string, string | readonly string[]>>();
  const options = Object.fromEntries(command.options.flatMap((option) => entryOf(parser, { option, values })));
  return { arguments: parser.args, options: { ...options, ...isOff } };
}

/**
 * A switch may be written `--name=true` or `--name=false`, which the parser does not know. Of several spellings the last
 * one counts.
 */
function withoutFalse({ options }: AditCommand, words: readonly string[]) {
  const switches = new Set(options.filter(({ value }) => value === null).map(({ name }) => name));
  const isOff: Record<string, 'false'> = {};
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  const rest = words.flatMap((word, i) => {
    const [, name = '', value = 'true'] = /^--([a-z0-9-]+)(?:=(true|false))?$/.exec(i < end ? word : '') ?? [];
    if (!switches.has(name)) return [word];
    delete isOff[name];
    if (value === 'true') return [`--${name}`];
    isOff[name] = 'false';
    return [];
  });
  return { rest, isOff };
}

function createParser({ name, summary, notes, ...command }: AditCommand, stdout: CommandIo['stdout']): Command {
  const parser = new Command(`adit ${name}`).description(summary).helpOption('-h, --help', 'Show this help');
  parser
    .exitOverride()
    .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: () => undefined })
    .allowExcessArguments(false)
    .showSuggestionAfterError();
  if (notes !== undefined) parser.addHelpText('after', `\n${notes}`);
  for (const { name: argument, description, isRequired, isVariadic } of command.arguments) {
    const words = isVariadic ? `${argument}...` : argument;
    parser.addArgument(new Argument(isRequired ? `<${words}>` : `[${words}]`, description));
  }
  for (const option of command.options) parser.addOption(parserOption(option));
  return parser;
}

/** The parser's own words in the form of our messages. */
function inOneLine(message: string): string {
  return (
    message
      .replace(/^error: /, '')
      // What was given to an option that nobody knows may be a secret.
      .replace(/^(unknown option '--[^=']*)=.*'/s, "$1'")
      .replace(/\n\(Did you mean (.+)\?\)$/, '; did you mean "$1"?')
      .replace(/\. ([A-Z])/, (_, letter: string) => `; ${letter.toLowerCase()}`)
      .replace(/\.$/, '')
      .replaceAll("'", '"')
  );
}

function parserOption({
  name,
  value,
  description,
  isRepeatable,
  choices,
  short,
  isHidden,
  group,
}: CommandOption): Option {
  const flags = short === undefined ? `--${name}` : `-${short}, --${name}`;
  const option = new Option(value === null ? flags : `${flags} ${value}`, description).hideHelp(isHidden === true);
  if (choices) option.choices([...choices]);
  if (group !== undefined) option.helpGroup(group);
  if (isRepeatable && value !== null)
    option.argParser((word: string, earlier: string[] | undefined) => [...(earlier ?? []), word]);
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
