import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The part of @adit/sdk that is used here. */
export interface Session {
  forward(options: { upstream: string; url?: string }): Promise<{ close(): Promise<void> }>;
  on(event: 'status', listener: (status: { state: string; attempt?: number; error?: Error }) => void): void;
  on(event: 'forward', listener: (forward: { state: string }) => void): void;
  close(): Promise<void>;
}

interface ConnectOptions {
  readonly serverAddr: string;
  readonly caFile: string;
  readonly authtoken: string;
}

/** A session by the SDK of that checkout, everything else as it ships. */
export async function connectWith(checkout: string, options: ConnectOptions): Promise<Session> {
  const sdk = (await import(pathToFileURL(join(checkout, 'packages/sdk/src/index.ts')).href)) as {
    connect(options: ConnectOptions): Promise<Session>;
  };
  return await sdk.connect(options);
}
