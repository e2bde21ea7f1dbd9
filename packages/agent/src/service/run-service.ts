import { spawn } from 'node:child_process';
import { access, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';
import { AditError } from '@adit/contracts';
import type { CommandIo, ParsedCommand } from '../command.ts';
import { loadConfig } from '../config/load-config.ts';
import { defineEndpoint } from '../endpoint/endpoint-definition.ts';
import { single, toggled } from '../option-values.ts';
import { resolveSettings } from '../run/agent-settings.ts';
import { ownerName } from './owner-name.ts';
import type { ServiceDefinition } from './service-definition.ts';
import { type ServiceAction, type ServiceManager, type SystemCall, serviceManager } from './service-manager.ts';
import { writeServiceFile } from './write-service-file.ts';

export interface ServiceRun {
  readonly parsed: ParsedCommand;
  readonly io: CommandIo;
  /** The `adit` command, as the system is to start it: programs and arguments, absolute. */
  readonly program: readonly [string, ...string[]];
  /** For tests. Default: the one we run on. */
  readonly platform?: NodeJS.Platform;
}

/**
 * `adit service install`: checks the configuration as the service will read it, then describes the service to the system.
 *
 * @throws {AditError} 9500: no --config. The configuration, as `loadConfig`, `defineEndpoint`, `resolveSettings`. 9203: not
 *   writable.
 */
export async function runInstall(run: ServiceRun): Promise<number> {
  const { parsed, io } = run;
  const config = single(parsed.options, 'config');
  if (config === undefined) throw new AditError(9500, 'Cannot install the service: --config is missing');
  const file = resolve(config);
  const writableFolders = await checkConfig(file, parsed);
  const manager = managerOf(run);
  const service: ServiceDefinition = {
    command: [...run.program, 'start', '--all', '--config', file],
    isSystem: isSystemOf(run),
    user: isSystemOf(run) ? await ownerName(file) : undefined,
    writableFolders,
    maxOpenFiles: maxOpenFilesOf(parsed),
  };
  await writeServiceFile(manager.file, manager.describe(service));
  const code = await callAll(manager.afterInstall, io);
  if (code !== 0) return code;
  io.stdout.write(
    `Installed as "${manager.file}". Start it: adit service start${service.isSystem ? ' --system' : ''}\n`,
  );
  return 0;
}

/** The service sees no ADIT_* variable of this shell: everything must stand in the file. */
async function checkConfig(file: string, parsed: ParsedCommand): Promise<string[]> {
  const config = await loadConfig({}, [file]);
  if (config.endpoints.length === 0)
    throw new AditError(9201, `Cannot install the service: "${file}" has no endpoints`);
  for (const keys of config.endpoints) await defineEndpoint(keys);
  const { log } = resolveSettings({ ...parsed, options: {} }, {}, config);
  const { target } = log;
  return typeof target === 'string' && target.startsWith('/') ? [dirname(target)] : [];
}

/** `adit service uninstall`. */
export async function runUninstall(run: ServiceRun): Promise<number> {
  const manager = managerOf(run);
  await requireInstalled(manager);
  await callAll(manager.beforeUninstall, run.io);
  await rm(manager.file);
  run.io.stdout.write(`Removed "${manager.file}". The configuration was left alone.\n`);
  return await callAll(manager.afterUninstall, run.io);
}

/** `adit service start`, `stop`, `restart` and `status`: asks the system, and answers with its exit code. */
export async function runAction(action: ServiceAction, run: ServiceRun): Promise<number> {
  const manager = managerOf(run);
  await requireInstalled(manager);
  return await callAll(manager.actions[action], run.io);
}

async function requireInstalled({ file }: ServiceManager): Promise<void> {
  await access(file).catch((cause: unknown) => {
    throw new AditError(9202, `Cannot find the service: there is no "${file}"; "adit service install" makes it`, {
      cause,
    });
  });
}

function managerOf(run: ServiceRun): ServiceManager {
  const { io, platform = process.platform } = run;
  return serviceManager({ isSystem: isSystemOf(run), env: io.env, platform });
}

function isSystemOf({ parsed }: ServiceRun): boolean {
  return toggled(parsed.options, 'system') ?? userInfo().uid === 0;
}

function maxOpenFilesOf({ options }: ParsedCommand): number | undefined {
  const text = single(options, 'limit-nofile');
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isInteger(number) && number >= 64) return number;
  throw new AditError(9201, 'Cannot use --limit-nofile: it must be a number of files, at least 64');
}

/** One after the other, until one fails. Answers the exit code of the last. */
async function callAll(calls: readonly SystemCall[], io: CommandIo): Promise<number> {
  for (const call of calls) {
    const code = await callSystem(call, io);
    if (code !== 0) return code;
  }
  return 0;
}

/** What the program says is passed on; so is its exit code. */
async function callSystem([program, ...words]: SystemCall, { stdout, stderr, env }: CommandIo): Promise<number> {
  const child = spawn(program, words, { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', (bytes: Buffer) => void stdout.write(bytes));
  child.stderr.on('data', (bytes: Buffer) => void stderr.write(bytes));
  const { promise, resolve: done, reject } = Promise.withResolvers<number>();
  child.once('error', reject).once('close', (code) => done(code ?? 1));
  const code = await promise.catch((cause: unknown) => {
    throw new AditError(9202, `Cannot manage the service: there is no program "${program}" here`, { cause });
  });
  if (code !== 0) stderr.write(`adit: "${[program, ...words].join(' ')}" ended with code ${code}\n`);
  return code;
}
