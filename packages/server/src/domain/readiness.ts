/** Whether the server can do its work now. The reason is for the operator: a few words, no secret, no visitor's data. */
export type Readiness = { readonly isReady: true } | { readonly isReady: false; readonly reason: string };
