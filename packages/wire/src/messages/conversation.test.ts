import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { MuxStream } from '../mux/mux-stream.ts';
import { turn } from '../mux/raw-peer.testkit.ts';
import { streamTypes } from '../protocol.ts';
import { answerHeartbeat, startHeartbeat } from './heartbeat.ts';
import { parseAuthReply, parseAuthRequest, parseBindReply, parseBindRequest } from './parse-message.ts';
import { encodeProxyHeader, readProxyHeader } from './proxied-connection.ts';
import { call, readMessage, reply } from './rpc.ts';
import { SessionPair } from './session-pair.testkit.ts';

/** The server's part, in as few words as it can be said. */
async function serve(stream: MuxStream): Promise<void> {
  if (stream.type === streamTypes.heartbeat) return answerHeartbeat(stream);
  const message = await readMessage(stream);
  if (stream.type === streamTypes.auth) {
    const { Version, Extra } = parseAuthRequest(message);
    reply(stream, { Version: Version[0], ClientId: 'as_1', Error: '', Extra: { Cookie: `c-${Extra.AuthToken}` } });
  } else {
    const { Proto, Opts } = parseBindRequest(message);
    reply(stream, { Id: 'bd_1', URL: 'https://app.test', Proto, Opts, Extra: { Token: 'bt' }, Error: '' });
  }
}

async function answerVisitor(stream: MuxStream): Promise<void> {
  const header = await readProxyHeader(stream);
  stream.end(`${header.Id} ${header.ClientAddr} ${await text(stream)}`);
}

it('a client authenticates, binds, and serves a visitor; then nothing but the heartbeat is open', async () => {
  const pair = new SessionPair();
  const beats: number[] = [];
  pair.onServerStream = (stream) => void serve(stream);
  pair.onClientStream = (stream) => void answerVisitor(stream);
  startHeartbeat(pair.client, {
    intervalMs: 10_000,
    toleranceMs: 15_000,
    timer: pair.timer,
    onBeat: (roundTripMs) => beats.push(roundTripMs),
    onLost: () => beats.push(-1),
  });

  const options = { timeoutMs: 5000 };
  const auth = { Version: ['3'], ClientId: '', Extra: { AuthToken: 't' } };
  const authReply = parseAuthReply(await call(pair.client, { type: streamTypes.auth, body: auth }, options));
  expect(authReply).toMatchObject({ Version: '3', ClientId: 'as_1', Error: '', Extra: { Cookie: 'c-t' } });
  const bind = { Id: '', Proto: 'https', Opts: { Domain: 'app.test', Unknown: [1] }, Extra: { Token: '' } };
  const bound = parseBindReply(await call(pair.client, { type: streamTypes.bind, body: bind }, options));
  expect(bound).toMatchObject({ Id: 'bd_1', Opts: { Domain: 'app.test', Unknown: [1] }, Extra: { Token: 'bt' } });

  const head = encodeProxyHeader({
    Id: bound.Id,
    ClientAddr: '203.0.113.9:51234',
    Proto: 'https',
    EdgeType: '0',
    PassthroughTLS: false,
  });
  const visitor = pair.server.open(streamTypes.proxy, head);
  visitor.end('GET /');
  expect(await text(visitor)).toBe('bd_1 203.0.113.9:51234 GET /');
  await turn();
  expect(visitor.peerConsumedBytes).toBe(4 + head.length);
  expect(beats).toEqual([0]);
  expect([pair.server.openStreamCount, pair.client.openStreamCount]).toEqual([1, 1]);
});
