// `npm start`: a server, an agent and (unless the user has a service) a demo, in one process. Wiring and words only: what
// they do is in packages/server and packages/sdk.
import { join, relative, resolve } from 'node:path';
import type { CommandIo } from '@adit/agent';
import { AditError } from '@adit/contracts';
import { type AgentSession, connect } from '@adit/sdk';
import { loadServerOptions, type ReadyInfo, type RunningServer, readRunningServer, startServer } from '@adit/server';
import { qrCode } from '../qr-code.ts';
import { readAuthtoken, writeAgentConfig } from './agent-config.ts';
import { startDemoService } from './demo-service.ts';
import { coloured, plain, welcomeText } from './welcome.ts';

export interface QuickstartChoices {
  /** What to expose; null: the demo service. */
  readonly upstream: string | null;
  readonly url: string;
  /** Absolute. */
  readonly dataDir: string;
}

export interface Quickstart {
  /** Rejects when the session ended for good, e.g. because its authtoken was revoked. */
  readonly lost: Promise<never>;
  stop(): Promise<void>;
}

/** Starts everything and prints the welcome. What was started is stopped again when a later step fails. */
export async function startQuickstart(choices: QuickstartChoices, io: CommandIo): Promise<Quickstart> {
  const stack = new AsyncDisposableStack();
  try {
    const server = await openServer(choices, { stack, io });
    const demo = choices.upstream === null ? await startDemoService() : null;
    if (demo) stack.defer(() => demo.close());
    const session = await openSession(server, choices);
    stack.defer(() => session.close());
    const forward = await session.forward({ upstream: choices.upstream ?? String(demo?.port), url: choices.url });
    const upstream = demo ? 'the demo service' : forward.upstreamUrl;
    io.stdout.write(await welcome(server.ready, { url: forward.url, upstream, dataDir: choices.dataDir, io }));
    return { lost: whenLost(session), stop: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

interface QuickstartServer {
  readonly ready: ReadyInfo;
  /** A new authtoken, when none was kept; null when the server is another process. */
  readonly issueAuthtoken: (() => Promise<string>) | null;
}

/** Our own server, or the one that another quick start already runs on this data directory. */
async function openServer(
  { dataDir }: QuickstartChoices,
  { stack, io }: { stack: AsyncDisposableStack; io: CommandIo },
): Promise<QuickstartServer> {
  const options = await loadServerOptions({ 'data-dir': dataDir, 'log-level': 'warn' });
  const onPortTaken = (taken: number, chosen: number): void =>
    void io.stdout.write(`Port ${taken} is taken; using ${chosen}.\n`);
  try {
    const server: RunningServer = await startServer(options, { onPortTaken });
    stack.defer(() => server.stop());
    void server.handedOver.then(() => server.stop());
    return server;
  } catch (error) {
    const running = isInUse(error) ? await readRunningServer(dataDir) : undefined;
    if (!running) throw error;
    io.stdout.write(`A server already runs here; joining it.\n`);
    return { ready: { ...running, firstRun: null }, issueAuthtoken: null };
  }
}

function isInUse(error: unknown): boolean {
  return error instanceof AditError && error.code === 9211;
}

async function openSession(server: QuickstartServer, { dataDir }: QuickstartChoices): Promise<AgentSession> {
  const { ready } = server;
  const file = join(dataDir, 'agent.yml');
  const authtoken = ready.firstRun?.authtoken ?? (await readAuthtoken(file)) ?? (await server.issueAuthtoken?.());
  if (authtoken === undefined) throw new AditError(9300, `Cannot find the authtoken of this server in "${file}"`);
  const { connect: connectUrl, caFile, api: apiUrl } = ready;
  await writeAgentConfig(file, { authtoken, connectUrl, caFile: caFile ?? 'host', apiUrl });
  return connect({ serverAddr: ready.connect, authtoken, ...(ready.caFile ? { caFile: ready.caFile } : {}) });
}

async function whenLost(session: AgentSession): Promise<never> {
  const error = await session.closed;
  if (error) throw error;
  return new Promise(() => {}); // Closed by us: nothing was lost.
}

async function welcome(
  ready: ReadyInfo,
  { url, upstream, dataDir, io }: { url: string; upstream: string; dataDir: string; io: CommandIo },
): Promise<string> {
  const isTerminal = io.stdout.isTTY === true;
  return welcomeText({
    url,
    upstream,
    caFile: shortPath(ready.caFile ?? ''),
    agentConfig: shortPath(join(dataDir, 'agent.yml')),
    dataDir: shortPath(dataDir),
    firstRun: ready.firstRun,
    api: ready.api,
    qrCode: isTerminal ? await qrCode(url) : [],
    paint: isTerminal && !io.env['NO_COLOR'] ? coloured : plain,
  });
}

/** From where the user stands, when that is shorter. */
function shortPath(path: string): string {
  const absolute = resolve(path);
  const fromHere = relative(process.cwd(), absolute);
  return fromHere.length < absolute.length && !fromHere.startsWith('..') ? fromHere : absolute;
}
