import { AditError } from '@adit/contracts';
import type { ScreenState } from './screen-state.ts';

const lost = new AditError(9301, 'Cannot connect to "connect.example.com:443": the connection was refused');
const refused = 'Cannot reach "http://localhost:3001": the connection was refused';

/** An agent with one endpoint, all well. */
export const online: ScreenState = {
  status: { state: 'online', account: 'Acme', serverVersion: '0.1.0' },
  retryInMs: 0,
  silentMs: null,
  account: 'Acme',
  serverVersion: '0.1.0',
  roundTripMs: 1.23,
  inspectorUrl: 'http://127.0.0.1:4040',
  endpoints: [{ url: 'https://amber-fox.localhost:8443', upstreamUrl: 'http://localhost:3000', problem: null }],
  openConnections: 2,
  totalConnections: 1027,
  requests: [
    { method: 'GET', path: '/api/users?token=secret', status: 200, durationMs: 12 },
    { method: 'POST', path: '/hook/with/a/path/that/is/longer/than/a/narrow/terminal', status: 500, durationMs: 1530 },
    { method: 'DELETE', path: '/', status: null, durationMs: 0.4 },
  ],
  hasQr: true,
};

/** Several endpoints, one without its upstream. */
export const several: ScreenState = {
  ...online,
  endpoints: [
    ...online.endpoints,
    { name: 'api', url: 'https://api.localhost:8443', upstreamUrl: 'http://localhost:3001', problem: refused },
    { name: 'db', url: 'tcp://localhost:20001', upstreamUrl: 'tcp://localhost:5432', problem: null },
  ],
};

/** The connection to the server is gone. */
export const reconnecting: ScreenState = {
  ...several,
  status: { state: 'reconnecting', error: lost, attempt: 4, retryInMs: 2400 },
  retryInMs: 2400,
  roundTripMs: null,
};

/** A beat is late. */
export const silent: ScreenState = { ...online, silentMs: 17_200 };
