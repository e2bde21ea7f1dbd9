// The service behind every setup, a process of its own: small answers and bulk. Prints its port.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const small = Buffer.alloc(100, 'x');
const chunk = Buffer.alloc(64 * 1024, 'y');

const server = createServer((request, response) => {
  const bulkBytes = Number(/^\/bulk\/(\d+)$/.exec(request.url ?? '')?.[1] ?? 0);
  if (!bulkBytes) return void response.writeHead(200, { 'content-length': small.length }).end(small);
  response.writeHead(200, { 'content-length': bulkBytes });
  let left = bulkBytes;
  const fill = (): void => {
    while (left > 0) {
      const part = left >= chunk.length ? chunk : chunk.subarray(0, left);
      left -= part.length;
      if (!response.write(part)) return void response.once('drain', fill);
    }
    response.end();
  };
  fill();
}).listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
