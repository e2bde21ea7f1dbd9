// THE list of commands. Each is loaded only when it is called, because start-up time is what people notice first.
import { fileURLToPath } from 'node:url';
import type { Entry } from './entry.ts';

/** The file that finds the right Node.js, whichever one starts it. */
const launcher = fileURLToPath(new URL('../bin/adit.mjs', import.meta.url));
const agent = () => import('@adit/agent');

export const entries: readonly Entry[] = [
  {
    name: 'http',
    summary: 'Give a local HTTP service a public URL',
    load: async () => (await agent()).endpointCommand('http'),
  },
  {
    name: 'tcp',
    summary: 'Give a local TCP service a public port',
    load: async () => (await agent()).endpointCommand('tcp'),
  },
  {
    name: 'tls',
    summary: 'Give a local TLS service a public name',
    load: async () => (await agent()).endpointCommand('tls'),
  },
  {
    name: 'tunnel',
    summary: 'Give a local service to the edges that ask for its labels',
    load: async () => (await agent()).endpointCommand('tunnel'),
  },
  {
    name: 'start',
    summary: 'Bring endpoints of the configuration file online',
    load: async () => (await agent()).startCommand,
  },
  {
    name: 'login',
    summary: 'Log in, and keep an authtoken of your own for this machine',
    load: async () => (await agent()).loginCommand,
  },
  {
    name: 'mfa',
    summary: 'Have your logins take a code besides the password, or not',
    load: async () => (await agent()).mfaCommands,
  },
  {
    name: 'config',
    summary: 'Write, check and upgrade the configuration file',
    load: async () => (await agent()).configCommands,
  },
  {
    name: 'diagnose',
    summary: 'Find out why the agent cannot connect',
    load: async () => (await agent()).diagnoseCommand,
  },
  {
    name: 'service',
    summary: 'Run the agent as a service of the system',
    load: async () => (await agent()).serviceCommands([process.execPath, launcher]),
  },
  {
    name: 'api',
    summary: 'Call the API of the server',
    load: async () => (await agent()).loadApiCommands(),
  },
  {
    name: 'server',
    summary: 'Run the server that agents and visitors connect to',
    load: async () => (await import('./commands/server.ts')).serverCommand,
  },
  {
    name: 'audit',
    summary: 'Export audit logs, and check what was exported',
    load: async () => (await import('./commands/audit.ts')).auditCommands,
  },
  {
    name: 'policy',
    summary: 'Check a traffic policy, and see what it would do',
    load: async () => await (await import('./commands/policy/policy-commands.ts')).loadPolicyCommands(),
  },
  {
    name: 'admin',
    summary: 'Manage the data of a server, on its machine',
    load: async () => (await import('./commands/admin/admin-commands.ts')).adminCommands,
  },
  {
    name: 'quickstart',
    summary: 'Try it: server, agent and a demo service in one process',
    load: async () => (await import('./commands/quickstart.ts')).quickstartCommand,
  },
  {
    name: 'completion',
    summary: 'Print a completion script for bash, zsh or fish',
    load: async () => (await import('./completion/completion-command.ts')).completionCommand(entries),
  },
  {
    name: 'version',
    summary: 'Print the version',
    load: async () => (await import('./commands/version.ts')).versionCommand,
  },
];
