import type { TLSSocket } from 'node:tls';
import type { Clock } from '@adit/sdk';
import { aditProfile, call, MuxSession, ngrokProfile, parseSrvInfoReply, streamTypes } from '@adit/wire';

/**
 * Asks what answers there for its facts (SrvInfo), which needs no credential: only a server of the agent protocol can
 * answer. Takes the socket over and ends it.
 */
export async function askServer(
  socket: TLSSocket,
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
): Promise<void> {
  const mux = new MuxSession(socket, {
    role: 'client',
    profile: socket.alpnProtocol === 'adit/1' ? aditProfile : ngrokProfile,
    timer: clock,
    onStream: (stream) => void stream.destroy(),
    onClose: () => {},
  });
  try {
    parseSrvInfoReply(await call(mux, { type: streamTypes.srvInfo, body: {} }, { timeoutMs }));
  } finally {
    socket.destroy();
  }
}
