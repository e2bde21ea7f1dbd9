import type { CommandOption } from '../command.ts';

/** Which configuration to read. */
export const configOption: CommandOption = {
  name: 'config',
  value: '<file>',
  description:
    'Configuration file; may be given several times, later files win. Default: ADIT_CONFIG, else the one that ' +
    '"adit config check" names',
  isRepeatable: true,
  completes: 'file',
};

/** How to reach the server. */
export const serverOptions: readonly CommandOption[] = [
  {
    name: 'connect-url',
    value: '<host[:port]>',
    description: 'Address of the server; port 443 if none is given. Default: agent.connect_url of the configuration',
  },
  {
    name: 'connect-cas',
    value: '<file>',
    description:
      'PEM file of the only CA to trust; "host": those of the system. Default: agent.connect_cas of the ' +
      'configuration, else "host"',
    completes: 'file',
  },
];

/** Every command that opens a session takes these. */
export const sessionOptions: readonly CommandOption[] = [
  configOption,
  ...serverOptions,
  {
    name: 'log',
    value: '<where>',
    description: 'Where log lines go: stdout, stderr, a file, or false. Default: stdout when there is no screen',
    completes: 'file',
  },
  {
    name: 'log-format',
    value: '<format>',
    description: 'Default: term on a terminal, else json',
    choices: ['term', 'logfmt', 'json'],
  },
  {
    name: 'log-level',
    value: '<level>',
    description: 'Least level that is logged. Default: info',
    choices: ['debug', 'info', 'warn', 'error', 'crit'],
  },
  { name: 'authtoken', value: '<token>', description: 'Refused: others on this machine can read it', isHidden: true },
];
