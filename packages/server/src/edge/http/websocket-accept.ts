import { createHash } from 'node:crypto';

/** The `Sec-WebSocket-Accept` by which a server proves that it read the key (RFC 6455 §4.2.2, step 5). */
export function websocketAccept(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`, 'latin1').digest('base64');
}
