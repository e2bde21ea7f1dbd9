import { z } from 'zod';

/** It has no settings. */
export const websocketTcpConverterConfig = z.strictObject({});

export type WebsocketTcpConverterConfig = z.output<typeof websocketTcpConverterConfig>;
