import { type AditError, toAditError } from '@adit/contracts';
import { type AgentSession, type Clock, connect, systemClock } from '@adit/sdk';
import type { CommandIo, ParsedCommand } from '../command.ts';
import { type HttpSettings, resolveHttpSettings } from './http-options.ts';
import { errorText, type HttpView } from './http-view.ts';
import { LineView } from './line-view.ts';
import { type Redraw, ScreenView } from './screen-view.ts';

/** Equal to the version in package.json (a test compares them). */
export const agentVersion = '0.1.0';

/**
 * `adit http <upstream>`: puts a public URL online and carries its visitors to the upstream, until the user or an operator
 * stops it. Answers the exit code: 0 after a stop, else by the kind of the error, which has been printed.
 */
export async function runHttp(
  parsed: ParsedCommand,
  io: CommandIo,
  { clock = systemClock }: { clock?: Clock } = {},
): Promise<number> {
  let view: HttpView | undefined;
  try {
    const settings = await resolveHttpSettings(parsed, io.env);
    view = createView(settings, io, clock);
    for (const warning of settings.warnings) view.warning(warning);
    const reason = await serve(settings, view, io);
    view.end(reason);
    return reason?.exitCode ?? 0;
  } catch (cause) {
    const error = io.interrupted.aborted ? null : toAditError(cause);
    if (view) view.end(error);
    else if (error) io.stderr.write(errorText(error));
    return error?.exitCode ?? 0;
  }
}

/** Answers why it is over: null when somebody stopped it. */
async function serve(settings: HttpSettings, view: HttpView, io: CommandIo): Promise<AditError | null> {
  const session = await connect({
    serverAddr: settings.serverAddr,
    authtoken: settings.authtoken,
    caFile: settings.caFile,
    metadata: settings.sessionMetadata,
    client: { name: 'adit-agent', version: agentVersion },
    signal: io.interrupted,
  });
  try {
    watch(session, view);
    const { upstream, url, metadata, allowCidrs, denyCidrs } = settings;
    const forward = await session.forward({
      ...{ upstream: upstream.url, upstreamProtocol: upstream.speaks },
      ...{ url, metadata, allowCidrs, denyCidrs },
    });
    return await Promise.race([session.closed, forward.closed]);
  } finally {
    await session.close();
  }
}

function watch(session: AgentSession, view: HttpView): void {
  view.status(session.status);
  session.on('status', (status) => view.status(status));
  session.on('forward', (event) => view.forward(event));
  session.on('connection', (event) => view.connection(event));
  session.on('roundTrip', (milliseconds) => view.roundTrip(milliseconds));
}

function createView({ format, upstream }: HttpSettings, io: CommandIo, clock: Clock): HttpView {
  const options = { ...io, upstreamUrl: upstream.url, clock };
  if (io.stdout.isTTY && format !== 'json') return new ScreenView({ ...options, loadRedraw });
  return new LineView({ ...options, format: format ?? 'json' });
}

/** Takes about a tenth of a second to load, so nothing waits for it. */
async function loadRedraw(stdout: CommandIo['stdout']): Promise<Redraw> {
  const { createLogUpdate } = await import('log-update');
  // The cursor stays visible: nothing has to be put right however the process ends.
  return createLogUpdate(stdout as NodeJS.WritableStream, { showCursor: true });
}
