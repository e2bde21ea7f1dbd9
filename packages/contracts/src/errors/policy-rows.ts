import type { ErrorRow } from './error-row.ts';

/** Rows of the one table (`table.ts`): policies, when they are saved and when they decide. */
export const policyRows = {
  115: {
    kind: 'forbidden',
    title: 'Agents may not connect from this address',
    help: 'Ask an administrator of your account, or connect from an allowed network.',
    ngrok: true,
  },
  220: {
    kind: 'forbidden',
    title: 'The API may not be used from this address',
    help: 'Ask an administrator of your account, or call from an allowed network.',
    ngrok: true,
  },
  1402: {
    kind: 'invalid',
    title: 'There is no such IP policy',
    help: 'Check its id, which begins with "ipp_".',
    ngrok: true,
  },
  2200: {
    kind: 'invalid',
    title: 'An expression of the policy is invalid',
    help: 'Correct the expression at the line and column that the message names.',
    ngrok: true,
  },
  2201: {
    kind: 'invalid',
    title: 'The policy has an action that does not exist',
    help: 'Choose one of the actions that the message names.',
    ngrok: true,
  },
  2202: {
    kind: 'invalid',
    title: 'An action of the policy is in the wrong place',
    help: 'Move it to a phase, or a rule, where it may be.',
    ngrok: true,
  },
  2205: {
    kind: 'invalid',
    title: 'The policy does not fit what the endpoint speaks',
    help: 'Remove what the message names, or use it for an endpoint of another protocol.',
    ngrok: true,
  },
  2207: {
    kind: 'invalid',
    title: 'An action of the policy is never reached',
    help: 'Remove it, or give the rule before it a condition.',
    ngrok: true,
  },
  2235: {
    kind: 'invalid',
    title: 'The policy does not always end',
    help: 'Add a last rule without expressions that answers or forwards: this endpoint has nothing behind it.',
    ngrok: true,
  },
  2264: { kind: 'invalid', title: 'The policy has too many rules', help: 'Join some of them.', ngrok: true },
  2265: {
    kind: 'invalid',
    title: 'A rule of the policy has too many parts',
    help: 'Split it into several rules.',
    ngrok: true,
  },
  3501: {
    kind: 'limit_exceeded',
    title: 'The request was forwarded too often',
    help: 'Tell the owner of this endpoint; give the request id.',
    ownerHelp: 'Internal endpoints forward to one another more often than they may, perhaps in a circle.',
    ngrok: true,
    status: 508,
  },
  6029: {
    kind: 'unavailable',
    title: 'Nothing answers at this endpoint',
    help: 'Tell the owner of this endpoint; give the request id.',
    ownerHelp:
      'Its policy let the visitor through, and a cloud endpoint has nothing behind it: forward or answer in every case.',
    ngrok: true,
  },
  3604: {
    kind: 'invalid',
    title: 'The status allows no body',
    help: 'Remove the body, or choose another status.',
    ngrok: true,
  },
  3202: {
    kind: 'unavailable',
    title: 'The service fails too often',
    help: 'Try again in a moment.',
    ownerHelp: 'Its circuit breaker is open: look at why the service answers with errors.',
    ngrok: true,
  },
  3206: {
    kind: 'invalid',
    title: 'Only WebSockets are served here',
    help: 'Use a client that opens a WebSocket.',
    ngrok: true,
  },
  3211: {
    kind: 'forbidden',
    title: 'What you use is not allowed here',
    help: 'Ask the owner of this endpoint for access.',
    ownerHelp: 'Change the user agents that this endpoint allows.',
    ngrok: true,
  },
  9204: {
    kind: 'unavailable',
    title: 'A traffic policy cannot be fetched',
    help: 'Check its address, or keep the policy in a file.',
  },
  9010: {
    kind: 'invalid',
    title: 'The content of the request is too large',
    help: 'Send less at once.',
    ownerHelp: 'A policy reads the content of requests, up to a limit of its own.',
    status: 413,
  },
  9600: {
    kind: 'invalid',
    title: 'The policy is invalid',
    help: 'Correct what the message names; `adit policy check` finds it without a server.',
  },
  9610: {
    kind: 'unauthenticated',
    title: 'You have to sign in here',
    help: 'Give the user name and password, or the key, that the owner of this endpoint gave you.',
  },
  9611: {
    kind: 'limit_exceeded',
    title: 'Too many wrong attempts',
    help: 'Wait a minute, then try again.',
  },
  9612: {
    kind: 'limit_exceeded',
    title: 'Too many requests',
    help: 'Send fewer, or wait as long as the answer says.',
    ownerHelp: 'A rate limit of this endpoint is reached.',
  },
  9620: {
    kind: 'forbidden',
    title: 'The address is not to be called from here',
    help: 'Use a public address, or have the operator allow it by --outgoing-network.',
  },
  9621: {
    kind: 'upstream_failed',
    title: 'A service that a policy asks did not answer',
    help: 'Check that it runs and can be reached from the server.',
  },
} as const satisfies Record<number, ErrorRow>;
