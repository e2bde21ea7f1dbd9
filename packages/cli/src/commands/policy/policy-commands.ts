import { type Command, type CommandArgument, type CommandGroup, type CommandOption, loadApi } from '@adit/agent';
import { toAditError } from '@adit/contracts';
import { printError } from '../../print-error.ts';

const file = { name: 'file', description: 'The policy, YAML or JSON; - reads it from the terminal', isRequired: true };

const protocolOption: CommandOption = {
  name: 'protocol',
  value: '<protocol>',
  description: 'What the endpoint speaks that shall have it. Default: https',
  choices: ['http', 'https', 'tcp', 'tls'],
};

const check: Command = {
  name: 'policy check',
  summary: 'Find everything that is wrong with a policy, without the server',
  arguments: [file],
  options: [protocolOption],
  run: async (parsed, io) => {
    try {
      return await (await import('./run-policy.ts')).runCheck(parsed, io);
    } catch (error) {
      return await printError(toAditError(error), io);
    }
  },
};

const fileOrUrl: CommandArgument = {
  name: 'file-or-url',
  description:
    'A policy, YAML or JSON; - reads it from the terminal. Or the URL of an endpoint that is online, whose rules the server knows',
  isRequired: true,
};

/** @param apiOptions Of all commands that call the API. */
const explain = (apiOptions: readonly CommandOption[]): Command => ({
  name: 'policy explain',
  summary: 'Show what the rules of a policy or an endpoint would do with a request, rule by rule',
  arguments: [fileOrUrl],
  options: [
    { name: 'method', value: '<method>', description: 'Of the request. Default: GET' },
    { name: 'path', value: '<path>', description: 'Path and query. Default: those of the URL, else /' },
    {
      name: 'header',
      value: '<line>',
      description: 'A header line "name: value"; may be given several times',
      isRepeatable: true,
    },
    { name: 'body-file', value: '<file>', description: 'The content of the request', completes: 'file' },
    { name: 'ip', value: '<address>', description: 'Where the visitor comes from. Default: 203.0.113.7' },
    { ...protocolOption, group: 'Of a file' },
    {
      name: 'host',
      value: '<host>',
      description: 'The host that is asked for. Default: app.example.com',
      group: 'Of a file',
    },
    {
      name: 'policy-file',
      value: '<file>',
      description: 'Rules in place of its own, before they are saved; then it need not be online. - reads the terminal',
      completes: 'file',
      group: 'Of an endpoint',
    },
    ...apiOptions.map((option) => (option.name === 'json' ? option : { ...option, group: 'Of an endpoint' })),
  ],
  notes:
    'Nothing is counted or called. Of a file secrets stand for "a secret", policies of addresses for empty ones, every internal ' +
    'endpoint is online, and where addresses are is not known. Exit code: 0 when the request would go to the service, 4 when not.',
  run: async (parsed, io) => {
    try {
      const { parseEndpointUrl, runExplainEndpoint } = await import('./run-explain-endpoint.ts');
      if (parseEndpointUrl(parsed.arguments[0] ?? '') !== null) return await runExplainEndpoint(parsed, io);
      return await (await import('./run-policy.ts')).runExplain(parsed, io);
    } catch (error) {
      return await printError(toAditError(error), io);
    }
  },
});

/** `adit policy`. */
export async function loadPolicyCommands(): Promise<CommandGroup> {
  const { apiOptions } = await loadApi();
  return {
    name: 'policy',
    summary: 'Check a traffic policy, and see what it would do',
    commands: [check, explain(apiOptions)],
  };
}
