/**
 * The one table of error codes. A code is stable: once released it is never reused, renumbered or deleted.
 *
 * Where ngrok publishes a code for the same condition we use its number, so that `ERR_NGROK_<n>` (agent protocol) and
 * `ERR_ADIT_<n>` (everywhere else) name the same row: `ngrok: true` says so. Our own conditions start at 9000.
 */

import { agentRows } from './agent-rows.ts';
import { controlRows } from './control-rows.ts';
import { dnsRows } from './dns-rows.ts';
import type { ErrorRow } from './error-row.ts';
import { inputRows } from './input-rows.ts';
import { loginRows } from './login-rows.ts';
import { operatorRows } from './operator-rows.ts';
import { policyRows } from './policy-rows.ts';

const rows = {
  // Agent sessions
  100: {
    kind: 'invalid',
    title: 'Session metadata is too long',
    help: 'Shorten the metadata to 4,096 bytes.',
    ngrok: true,
  },
  103: {
    kind: 'forbidden',
    title: 'The account is suspended',
    help: 'Ask the operator of the server.',
    ngrok: true,
  },
  105: {
    kind: 'unauthenticated',
    title: 'The authtoken is not of a valid form',
    help: 'Copy the whole authtoken again; it starts with "adit_at_".',
    ngrok: true,
  },
  107: {
    kind: 'unauthenticated',
    title: 'The authtoken is invalid or was revoked',
    help: 'Ask an administrator for a new authtoken.',
    ngrok: true,
  },
  108: {
    kind: 'limit_exceeded',
    title: 'Too many agent sessions',
    help: 'Stop an agent that is no longer needed.',
    ngrok: true,
  },
  109: { kind: 'protocol', title: 'The Auth message is malformed', help: 'Update the agent or SDK.', ngrok: true },
  110: { kind: 'unauthenticated', title: 'The session cookie is invalid', help: 'Start the agent again.', ngrok: true },
  111: {
    kind: 'invalid',
    title: 'The heartbeat interval is out of range',
    help: 'Choose 1 second to 5 minutes.',
    ngrok: true,
  },
  112: {
    kind: 'invalid',
    title: 'The heartbeat tolerance is out of range',
    help: 'Choose 1 second to 5 minutes.',
    ngrok: true,
  },
  // Control API
  200: {
    kind: 'unauthenticated',
    title: 'The Authorization header is missing',
    help: 'Send "Authorization: Bearer <API key>".',
    ngrok: true,
  },
  201: {
    kind: 'unauthenticated',
    title: 'The authorization scheme is not supported',
    help: 'Use "Bearer".',
    ngrok: true,
  },
  202: {
    kind: 'unauthenticated',
    title: 'The API key is not of a valid form',
    help: 'Copy the whole key; it starts with "adit_ak_".',
    ngrok: true,
  },
  203: {
    kind: 'unauthenticated',
    title: 'The API key is invalid or was revoked',
    help: 'Ask an administrator for a new API key.',
    ngrok: true,
  },
  205: {
    kind: 'forbidden',
    title: 'The account is suspended',
    help: 'Ask the operator of the server.',
    ngrok: true,
  },
  206: {
    kind: 'unauthenticated',
    title: 'An authtoken was sent instead of an API key',
    help: 'Use an API key; it starts with "adit_ak_".',
    ngrok: true,
  },
  210: {
    kind: 'invalid',
    title: 'The content type is not supported',
    help: 'Send "Content-Type: application/json".',
    ngrok: true,
    status: 415,
  },
  211: { kind: 'invalid', title: 'This method takes no body', help: 'Send the request without a body.', ngrok: true },
  213: { kind: 'invalid', title: 'The body cannot be read', help: 'Send one valid JSON object.', ngrok: true },
  214: {
    kind: 'invalid',
    title: 'A parameter is unknown',
    help: 'Remove it, or see the API reference for the right name.',
    ngrok: true,
  },
  215: {
    kind: 'invalid',
    title: 'A parameter is invalid',
    help: 'See the API reference for the allowed values.',
    ngrok: true,
  },
  218: {
    kind: 'invalid',
    title: 'The API version is not supported',
    help: 'Send "Ngrok-Version: 2" or leave it out.',
    ngrok: true,
  },
  226: {
    kind: 'limit_exceeded',
    title: 'Too many API requests',
    help: 'Wait as long as the Retry-After header says.',
    ngrok: true,
  },
  227: { kind: 'invalid', title: 'The id is of another kind', help: 'Check the prefix of the id.', ngrok: true },
  250: {
    kind: 'invalid',
    title: 'The filter is not valid',
    help: 'See the message for what is wrong and where.',
    ngrok: true,
  },
  // Binds
  300: {
    kind: 'unauthenticated',
    title: 'The credential was revoked',
    help: 'Ask an administrator for a new authtoken.',
    ngrok: true,
  },
  301: {
    kind: 'protocol',
    title: 'The Bind message is malformed',
    help: 'Change what the message names; if that is nothing of yours, update the agent or SDK.',
    ngrok: true,
  },
  307: {
    kind: 'forbidden',
    title: 'The port is not one that this server gives',
    help: 'Choose a port of its range, or leave the choice to the server.',
    ngrok: true,
  },
  308: {
    kind: 'forbidden',
    title: 'The credential may not open this address',
    help: 'Choose an address that its ACL allows, or ask an administrator to change it.',
    ngrok: true,
  },
  316: {
    kind: 'forbidden',
    title: 'The credential may not open this name',
    help: 'Choose a name that its ACL allows, or ask an administrator to change it.',
    ngrok: true,
  },
  319: {
    kind: 'forbidden',
    title: 'The name is outside the domain of this server',
    help: "Choose a name below the server's domain.",
    ngrok: true,
  },
  320: { kind: 'conflict', title: 'The name belongs to another account', help: 'Choose another name.', ngrok: true },
  324: {
    kind: 'limit_exceeded',
    title: 'Too many endpoints in one session',
    help: 'Close an endpoint that is no longer needed.',
    ngrok: true,
  },
  326: {
    kind: 'invalid',
    title: 'The domain name is invalid',
    help: 'Use letters, digits and hyphens, e.g. "app.example.com".',
    ngrok: true,
  },
  332: { kind: 'invalid', title: 'The protocol is not supported', help: 'Use http, https, tls or tcp.', ngrok: true },
  333: {
    kind: 'not_found',
    title: 'There is no tunnel with that id',
    help: 'List the endpoints to see what is online.',
    ngrok: true,
  },
  334: {
    kind: 'conflict',
    title: 'The endpoint is already online',
    help: 'Stop the other agent, or choose another URL.',
    ngrok: true,
  },
  335: {
    kind: 'unauthenticated',
    title: 'The bind token is invalid',
    help: 'Close the endpoint and open it again.',
    ngrok: true,
  },
  349: {
    kind: 'limit_exceeded',
    title: 'Too many session attempts',
    help: 'Wait a minute, then try again.',
    ngrok: true,
  },
  356: {
    kind: 'forbidden',
    title: 'The credential may not open a random tcp port',
    help: 'Ask for an address that its ACL allows, or ask an administrator to change it.',
    ngrok: true,
  },
  362: {
    kind: 'invalid',
    title: 'The address range is not valid',
    help: 'Use CIDR notation, e.g. "203.0.113.0/24".',
    ngrok: true,
  },
  399: {
    kind: 'forbidden',
    title: 'The credential may not open these labels',
    help: 'Choose labels that its ACL allows, or ask an administrator to change it.',
    ngrok: true,
  },
  802: {
    kind: 'internal',
    title: 'Internal error',
    help: 'Try again; give the operator the time it happened.',
    ngrok: true,
  },
  803: {
    kind: 'unavailable',
    title: 'The server is shutting down',
    help: 'The agent reconnects by itself.',
    ngrok: true,
  },
  // Visitors
  3004: {
    kind: 'upstream_failed',
    title: 'The service gave an answer that is not valid HTTP',
    help: 'Try again later; if it lasts, tell the owner of this endpoint.',
    ownerHelp: 'Look at the log of the service: its answer broke the rules of HTTP.',
    ngrok: true,
  },
  3200: {
    kind: 'not_found',
    title: 'The endpoint is offline',
    help: 'Check the address, or try again later.',
    ownerHelp: 'Start its agent, and check that the agent prints this address.',
    ngrok: true,
  },
  3204: {
    kind: 'forbidden',
    title: 'The webhook could not be verified',
    help: 'Check that it is sent by the provider that this endpoint expects.',
    ownerHelp: 'See the reason in the log, and compare the secret with that of the provider.',
    ngrok: true,
  },
  3205: {
    kind: 'forbidden',
    title: 'Your address is not allowed here',
    help: 'Ask the owner of this endpoint for access.',
    ownerHelp: 'Change the address ranges that this endpoint, or the IP restrictions of its account, allow.',
    ngrok: true,
  },
  3210: {
    kind: 'unavailable',
    title: 'The agent does not take new connections',
    help: 'Try again in a moment.',
    ownerHelp: 'If it lasts, start the agent again.',
    ngrok: true,
  },
  8012: {
    kind: 'upstream_failed',
    title: 'The agent could not reach the service',
    help: 'Try again later; if it lasts, tell the owner of this endpoint.',
    ownerHelp: 'Check that the service runs on the port that the agent forwards to.',
    ngrok: true,
  },
  // Our own: visitors
  9000: { kind: 'internal', title: 'Internal error', help: 'Try again; give the operator the request id.' },
  9001: {
    kind: 'timeout',
    title: 'The service did not answer in time',
    help: 'Try again later; if it lasts, tell the owner of this endpoint.',
    ownerHelp: 'Look at why the service is slow.',
  },
  9002: { kind: 'invalid', title: 'The request is not valid HTTP', help: 'Check the client that sent it.' },
  9003: {
    kind: 'invalid',
    title: 'This name is not served over this connection',
    help: 'Open a new connection to this name.',
    status: 421,
  },
  9004: {
    kind: 'forbidden',
    title: 'A policy of this endpoint could not be evaluated',
    help: 'Ask the owner of this endpoint; give the request id.',
    ownerHelp: 'See which policy the log of the server names, and check its configuration.',
  },
  9005: {
    kind: 'upstream_failed',
    title: 'The connection to the service was lost',
    help: 'Try again; if it lasts, tell the owner of this endpoint.',
    ownerHelp: 'Look at the log of the service, and check that its agent still runs.',
  },
  9006: { kind: 'invalid', title: 'The request is too large', help: 'Send shorter headers.', status: 431 },
  9007: {
    kind: 'forbidden',
    title: 'A policy of this endpoint refused the request',
    help: 'Ask the owner of this endpoint for access; give the request id.',
    ownerHelp: 'Check the policies of this endpoint.',
  },
  9008: {
    kind: 'invalid',
    title: 'The request did not arrive in time',
    help: 'Send it again over a faster or steadier connection.',
    status: 408,
  },
  9009: {
    kind: 'unavailable',
    title: 'The agent of this endpoint has lost its connection',
    help: 'Try again in a moment.',
    ownerHelp: 'The agent reconnects by itself. If it lasts, check that it still runs and reaches the server.',
  },
  // Our own: server start and configuration
  9200: { kind: 'invalid', title: 'A configuration key is unknown', help: 'Correct or remove it.' },
  9201: { kind: 'invalid', title: 'A configuration value is invalid', help: 'Correct the value.' },
  9202: { kind: 'not_found', title: 'A configuration file cannot be read', help: 'Check its path and permissions.' },
  9203: {
    kind: 'forbidden',
    title: 'A file cannot be written',
    help: 'Check its folder, its permissions and the disk.',
  },
  9210: {
    kind: 'forbidden',
    title: 'The data directory is not writable',
    help: 'Choose another with --data-dir, or change its owner.',
  },
  9211: {
    kind: 'conflict',
    title: 'The data directory is in use by another server',
    help: 'Stop that server, or choose another --data-dir.',
  },
  9212: {
    kind: 'conflict',
    title: 'The data directory was written by a newer version',
    help: 'Update Adit, or restore a backup made by this version.',
  },
  9213: {
    kind: 'internal',
    title: 'The data cannot be read',
    help: 'Restore a backup, or give the operator this message.',
  },
  9214: {
    kind: 'unavailable',
    title: 'The data cannot be written now',
    help: 'Free some disk space, or look at the disk; the server goes on by itself.',
  },
  9215: {
    kind: 'conflict',
    title: 'The running server cannot be taken over from',
    help: 'Stop the server that runs, then start this one.',
  },
  9216: {
    kind: 'unavailable',
    title: 'The database does not answer',
    help: 'Look whether the database runs and can be reached; the server goes on by itself when it is back.',
  },
  9217: {
    kind: 'invalid',
    title: 'The database cannot be used',
    help: 'Correct the address of the database, its user, or its settings.',
  },
  9218: {
    kind: 'invalid',
    title: 'The file is not a whole backup',
    help: 'Give a file that "adit admin backup" wrote, or an older one.',
  },
  9219: {
    kind: 'conflict',
    title: 'The directory is not empty',
    help: 'Restore into a new directory, or empty this one; keys and certificates are copied into it afterwards.',
  },
  9220: {
    kind: 'conflict',
    title: 'The port is in use',
    help: 'Stop the program that has it, or choose another port (0: any free one).',
  },
  9221: {
    kind: 'forbidden',
    title: 'The port needs more rights',
    help: 'Choose a port above 1023, or grant CAP_NET_BIND_SERVICE.',
  },
  9222: { kind: 'unavailable', title: 'No free port was found', help: 'Stop a program, or name a free port.' },
  9230: {
    kind: 'invalid',
    title: 'The certificate or its key cannot be used',
    help: 'Give a PEM certificate chain and its unencrypted PEM key.',
  },
  // Our own: agent side
  9300: {
    kind: 'unauthenticated',
    title: 'No authtoken is set',
    help: 'Set ADIT_AUTHTOKEN, or put "authtoken" into the agent\'s configuration file.',
  },
  9301: {
    kind: 'unavailable',
    title: 'The server cannot be reached',
    help: 'Check the address and that the server runs.',
  },
  9302: {
    kind: 'unavailable',
    title: "The server's certificate is not trusted",
    help: 'Give its CA certificate with connect_cas or --connect-cas; for the API, with --api-cas.',
  },
  9303: {
    kind: 'protocol',
    title: 'The server broke the agent protocol',
    help: 'Check that the address is that of an Adit server.',
  },
  9304: {
    kind: 'invalid',
    title: 'The upstream address is not valid',
    help: 'Give a port, host:port, http(s)://, tcp:// or tls://host:port, or file:///folder.',
  },
  9305: { kind: 'unavailable', title: 'The session was closed', help: 'Start the agent again.' },
  9306: { kind: 'forbidden', title: 'The server refused', help: 'See the message of the server.' },
  9307: {
    kind: 'invalid',
    title: 'No server address is set',
    help: 'Give --connect-url host:port, or set agent.connect_url in the configuration file.',
  },
  9308: {
    kind: 'unavailable',
    title: 'The agent may open no more files',
    help: 'Raise its limit of open files (ulimit -n, or LimitNOFILE= of its service), and start it again.',
  },
  // Our own: the proxy on an agent's way out
  9320: {
    kind: 'unavailable',
    title: 'The proxy cannot be reached',
    help: 'Check the URL of the proxy and that it runs.',
  },
  9321: {
    kind: 'forbidden',
    title: 'The proxy refused the connection',
    help: 'Ask whoever runs the proxy to allow connections to the server.',
  },
  9322: {
    kind: 'unauthenticated',
    title: 'The proxy wants other credentials',
    help: 'Put the right user and password into the URL of the proxy.',
  },
  9323: {
    kind: 'protocol',
    title: 'The proxy did not answer as a proxy does',
    help: 'Check that the URL names a proxy of that kind.',
  },
  // Our own: command line
  9500: {
    kind: 'invalid',
    title: 'The command line is not valid',
    help: 'Run "adit <command> --help", or "adit help" for the commands.',
  },
  9510: {
    kind: 'unauthenticated',
    title: 'No API key is set',
    help: 'Set ADIT_API_KEY, give --api-key-file, or put "api_key" into the agent\'s configuration file.',
  },
  9511: {
    kind: 'invalid',
    title: 'No address of the API is set',
    help: 'Set ADIT_API_URL, give --api-url, or put "api_url" into the agent\'s configuration file.',
  },
  9512: {
    kind: 'protocol',
    title: 'The answer is not one of the API',
    help: 'Check that the address is that of the API of an Adit server.',
  },
  ...agentRows,
  ...controlRows,
  ...inputRows,
  ...loginRows,
  ...operatorRows,
  ...policyRows,
  ...dnsRows,
} as const satisfies Record<number, ErrorRow>;

export type { ErrorRow } from './error-row.ts';

export type ErrorCode = keyof typeof rows;

export const errorTable: Readonly<Record<ErrorCode, ErrorRow>> = rows;
