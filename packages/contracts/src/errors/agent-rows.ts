import type { ErrorRow } from './error-row.ts';

/** Rows of the one table (`table.ts`): our own conditions between agents and the server. */
export const agentRows = {
  9400: { kind: 'protocol', title: 'The peer broke the agent protocol', help: 'Update the agent or SDK.' },
  9401: { kind: 'unauthenticated', title: 'The session is not authenticated', help: 'Send Auth first.' },
  9402: {
    kind: 'invalid',
    title: 'The message is not supported by this server',
    help: 'Update the server, or leave the feature out.',
  },
  9403: {
    kind: 'invalid',
    title: 'An endpoint option is not supported by this server',
    help: 'Leave it out; the endpoint would be open without it.',
  },
  9404: { kind: 'forbidden', title: 'The name is reserved', help: 'Choose another name.' },
  9405: { kind: 'unavailable', title: 'No tcp port is free', help: 'Close a tcp endpoint that is no longer needed.' },
  9406: {
    kind: 'conflict',
    title: 'The agent refused the command',
    help: 'See what the agent says; its user can do it where the agent runs.',
  },
  9407: {
    kind: 'timeout',
    title: 'The agent did not answer',
    help: 'See whether the session is still there: the agent may have done it all the same.',
  },
} as const satisfies Record<number, ErrorRow>;
