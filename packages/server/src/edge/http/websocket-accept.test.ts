import { expect, test } from 'vitest';
import { websocketAccept } from './websocket-accept.ts';

test('websocketAccept() gives what RFC 6455 §1.3 gives for its key', () => {
  expect(websocketAccept('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
});
