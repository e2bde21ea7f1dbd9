// A long link as a process: `delay-proxy/main.ts <port> <one-way ms> <bytes on the way>` listens on a port it prints and
// passes every connection on to 127.0.0.1:<port>, each direction delayed. It does not limit the bandwidth; the bytes on the
// way, like the window of a real TCP connection, do. Accepting takes no round trip, which favours every setup alike.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { DelayLine, type Timer } from './delay-line.ts';

const [port, delayMs, capacity] = process.argv.slice(2).map(Number) as [number, number, number];
const timer: Timer = { now: () => performance.now(), after: (ms, callback) => void setTimeout(callback, ms) };

const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
  const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  pass(near, far);
  pass(far, near);
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => console.log((server.address() as AddressInfo).port));

function pass(from: Socket, to: Socket): void {
  const line = new DelayLine({
    delayMs,
    capacity,
    timer,
    deliver: (piece) => to.destroyed || to.write(piece),
    onRoom: () => from.resume(),
    onEnd: () => to.end(),
  });
  from.on('data', (piece) => {
    if (!line.push(piece)) from.pause();
  });
  from.on('end', () => line.end());
  from.on('error', () => to.destroy());
  // A connection cut on one side is soon cut on the other, but what is on the way may still arrive.
  from.on('close', () => setTimeout(() => to.destroy(), delayMs + 1000));
  to.on('drain', () => line.resume());
}
