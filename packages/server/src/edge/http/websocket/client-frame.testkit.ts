const mask = [0x37, 0xfa, 0x21, 0x3d] as const;

/** One short frame of a client, by first byte (FIN and opcode) and payload. */
export function clientFrame(first: number, payload: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(payload);
  const long = bytes.length > 125;
  const length = long ? [0xfe, bytes.length >> 8, bytes.length & 0xff] : [0x80 | bytes.length];
  const masked = bytes.map((byte, i) => byte ^ (mask[i & 3] ?? 0));
  return Buffer.concat([Buffer.from([first, ...length, ...mask]), masked]);
}

export const binary = (payload: Buffer | string): Buffer => clientFrame(0x82, payload);

/** @param code Null: none. */
export function closing(code: number | null, reason = ''): Buffer {
  return clientFrame(0x88, code === null ? '' : closeContent(code, reason));
}

/** What is in a close frame. */
export function closeContent(code: number, reason = ''): Buffer {
  return Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
}
