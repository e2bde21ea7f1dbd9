import type { ErrorRow } from './error-row.ts';

/** Rows of the one table (`table.ts`): our own, of the control API. */
export const controlRows = {
  // Our own: control
  9100: { kind: 'forbidden', title: 'You may not do this', help: 'Ask an administrator of your account.' },
  9101: { kind: 'not_found', title: 'There is no such object in your account', help: 'Check the id.' },
  9102: {
    kind: 'not_found',
    title: 'There is no such API operation',
    help: 'See the API reference for paths and methods.',
  },
  9103: {
    kind: 'limit_exceeded',
    title: 'The request body is too large',
    help: 'Send at most 1 MiB; to log in, 16 KiB.',
    status: 413,
  },
  9104: {
    kind: 'invalid',
    title: 'The operation is not supported here',
    help: 'See the message for what to do instead.',
    status: 501,
  },
  9105: { kind: 'unavailable', title: 'Too many pages are open', help: 'Close another page of the inspector.' },
  9106: {
    kind: 'conflict',
    title: 'The object has changed meanwhile',
    help: 'Read it again, and send the change with its new ETag.',
    status: 412,
  },
  9107: {
    kind: 'invalid',
    title: 'The idempotency key stands for another request',
    help: 'Choose a new key for each request that is not a repetition.',
    status: 422,
  },
  9108: { kind: 'conflict', title: 'The object is still in use', help: 'Change what refers to it first.' },
  9109: { kind: 'conflict', title: 'The name is taken', help: 'Choose another name.' },
  9110: {
    kind: 'limit_exceeded',
    title: 'The account has too many objects of this kind',
    help: 'Delete some of them.',
  },
  9111: {
    kind: 'conflict',
    title: 'The request was carried out already',
    help: 'Read the object that it made, if it is still there.',
  },
  9112: {
    kind: 'conflict',
    title: 'The proof that the domain is yours was not found',
    help: 'Set the TXT record, wait until the DNS has it, and ask again.',
  },
  9113: { kind: 'unavailable', title: 'The DNS does not answer', help: 'Try again later.' },
  9114: {
    kind: 'conflict',
    title: 'The account would be without an administrator',
    help: 'Make somebody else an administrator first.',
  },
  9115: {
    kind: 'forbidden',
    title: 'The user is disabled',
    help: 'Ask an administrator of your account.',
  },
  1802: {
    kind: 'conflict',
    title: 'There is an IP restriction of that type already',
    help: 'Change that one.',
    ngrok: true,
  },
  9116: {
    kind: 'conflict',
    title: 'The change would lock you out',
    help: 'First allow the address that you come from.',
  },
  9117: {
    kind: 'conflict',
    title: 'The endpoint belongs to an agent or an edge',
    help: 'Change or stop it where its agent runs, stop the agent session, or change the edge.',
  },
  18005: {
    kind: 'invalid',
    title: 'The scheme of an endpoint cannot change',
    help: 'Make another endpoint, then delete this one.',
    ngrok: true,
  },
  9130: {
    kind: 'limit_exceeded',
    title: 'Too many API requests at once',
    help: 'Wait for answers, or as long as the Retry-After header says.',
  },
} as const satisfies Record<number, ErrorRow>;
