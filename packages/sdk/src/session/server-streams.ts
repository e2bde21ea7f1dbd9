import { finished } from 'node:stream';
import { AditError, toAditError } from '@adit/contracts';
import {
  answerHeartbeat,
  errorCodes,
  type MuxStream,
  parseStopTunnel,
  readMessage,
  readProxyHeader,
  reply,
  streamTypes,
} from '@adit/wire';
import type { Clock } from '../clock.ts';
import type { ForwardBinding } from '../forward/forward.ts';
import { serveUpstreamProbe } from '../health/health.ts';
import { relay } from '../relay/relay.ts';
import type { CommandRefusals } from './command-refusals.ts';
import type { ServerConnection } from './server-connection.ts';
import { printable, serverRefusal } from './server-refusal.ts';
import type { ConnectionEvent } from './session-events.ts';

/** Of the message that stops an endpoint: a server sends it in one frame. It opens thousands of streams if it likes. */
const maxStopBytes = 16 * 1024;

/** What the streams that a server opens need of the session. */
export interface StreamHost {
  readonly clock: Clock;
  /** Waits for binds under way: a visitor may come before the reply that names the id was read. */
  findForward(id: string, connection: ServerConnection): Promise<ForwardBinding | undefined>;
  onConnection(event: ConnectionEvent): void;
  /** The server goes, and another one takes its place. Resolves when visitors are served there; rejects if they are not. */
  onDrain(connection: ServerConnection): Promise<void>;
  /** The operator stops the agent; it has been answered. */
  onStop(): void;
  /** The operator restarts the agent; it has been answered. */
  onRestart(): void;
  /** Rejects when there is something against a restart. */
  checkRestart(): Promise<void>;
  readonly refusals: CommandRefusals;
  /** The operator stops one endpoint; this server has taken it offline. */
  onStopForward(id: string, reason: AditError, connection: ServerConnection): void;
}

/** Serves one stream that the server opened: a visitor, a heartbeat or a command. Takes the stream over. */
export function serveStream(stream: MuxStream, host: StreamHost, connection: ServerConnection): void {
  switch (stream.type) {
    case streamTypes.proxy:
      return guard(stream, serveVisitor(stream, host, connection));
    case streamTypes.heartbeat:
      return answerHeartbeat(stream);
    case streamTypes.stop:
      if (host.refusals.stop !== '') return refuse(stream, host.refusals.stop);
      return obey(stream, () => host.onStop());
    case streamTypes.restart:
      return guard(stream, restart(stream, host));
    case streamTypes.update:
      return refuse(stream, host.refusals.update);
    case streamTypes.stopTunnel:
      return guard(stream, stopForward(stream, host, connection));
    case streamTypes.drain:
      return void host.onDrain(connection).then(
        () => reply(stream, {}),
        (error: unknown) => reply(stream, { Error: toAditError(error).message }),
      );
    case streamTypes.upstreamProbe:
      return guard(
        stream,
        serveUpstreamProbe(stream, { ...host, findForward: (id) => host.findForward(id, connection) }),
      );
    default:
      return stream.reset(errorCodes.streamRefused);
  }
}

async function restart(stream: MuxStream, host: StreamHost): Promise<void> {
  if (host.refusals.restart !== '') return refuse(stream, host.refusals.restart);
  const objection = await host.checkRestart().then(() => null, toAditError);
  if (stream.destroyed) return;
  if (objection) refuse(stream, objection.message, objection.wireCode);
  else obey(stream, () => host.onRestart());
}

function refuse(stream: MuxStream, why: string, code = 'ERR_ADIT_9406'): void {
  reply(stream, { Error: `${why}\n\n${code}` });
}

/** Acts when the answer has left: the server waits for it. */
function obey(stream: MuxStream, act: () => void): void {
  reply(stream, {});
  finished(stream, { readable: false }, act);
}

function guard(stream: MuxStream, serving: Promise<void>): void {
  serving.catch(() => stream.reset(errorCodes.protocolError));
}

async function serveVisitor(stream: MuxStream, host: StreamHost, serving: ServerConnection): Promise<void> {
  const header = await readProxyHeader(stream);
  const forward = await host.findForward(header.Id, serving);
  if (stream.destroyed) return;
  // Not `streamRefused`: that says that there are too many visitors.
  if (!forward) return stream.reset(errorCodes.remoteGoneAway);
  const event = { forwardId: forward.id, clientAddress: printable(header.ClientAddr) };
  host.onConnection({ ...event, state: 'opened', error: null });
  relay(stream, {
    ...forward.targetOf(header),
    connection: event,
    clock: host.clock,
    hasResetCodes: serving.isAdit,
    onReached: () => host.onConnection({ ...event, state: 'reached', error: null }),
    onClosed: (error) => host.onConnection({ ...event, state: 'closed', error }),
  });
}

async function stopForward(stream: MuxStream, host: StreamHost, connection: ServerConnection): Promise<void> {
  const { Id, Message, ErrorCode } = parseStopTunnel(await readMessage(stream, { maxBytes: maxStopBytes }));
  stream.endAndDrain();
  const text = Message === '' ? 'The endpoint was stopped' : Message;
  host.onStopForward(Id, stopReason(text, ErrorCode), connection);
}

function stopReason(message: string, code: string): AditError {
  return code === '' ? new AditError(9305, printable(message)) : serverRefusal(`${message}\n${code}`);
}
