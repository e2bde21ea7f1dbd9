/** What is put into, and taken out of, the header lines of a message. */
export interface HeaderChanges {
  /** Lines like `x-team: payments`, split at the first colon. */
  readonly add?: readonly string[] | undefined;
  /** Names. */
  readonly remove?: readonly string[] | undefined;
}

/**
 * What the server does for an endpoint besides carrying bytes. All but `trafficPolicy` is for http and https endpoints; a
 * server that does not do what is asked for refuses the endpoint.
 */
export interface PolicyOptions {
  /** Rules in the Traffic Policy language: YAML or JSON text, which is sent as it is, or an object. Default: none. */
  readonly trafficPolicy?: string | Readonly<Record<string, unknown>> | undefined;
  /** Visitors must know one of these. Secret. Default: nobody is asked. */
  readonly basicAuth?: readonly { readonly username: string; readonly password: string }[] | undefined;
  /** No more requests for a while when more than this share of the answers says 5xx, 0 to 1. Default: never. */
  readonly circuitBreaker?: number | undefined;
  /** Answers are compressed for visitors who can read that. Default: false. */
  readonly compression?: boolean | undefined;
  /** Of requests, before the upstream sees them. Default: none. */
  readonly requestHeaders?: HeaderChanges | undefined;
  /** Of answers, before visitors see them. Default: none. */
  readonly responseHeaders?: HeaderChanges | undefined;
  /** Regular expressions on `User-Agent`: in comes who matches one of `allow`, or none of `deny`. Default: everybody. */
  readonly userAgentFilter?:
    | { readonly allow?: readonly string[] | undefined; readonly deny?: readonly string[] | undefined }
    | undefined;
  /** Only requests that this provider, such as `github`, has signed with the secret. Default: all. */
  readonly webhookVerification?: { readonly provider: string; readonly secret?: string | undefined } | undefined;
  /** Visitors speak WebSocket, the upstream gets the bytes of their messages. Default: false. */
  readonly websocketTcpConverter?: boolean | undefined;
}

/** Those of them that need to read HTTP. */
export const httpPolicyOptions = [
  'basicAuth',
  'circuitBreaker',
  'compression',
  'requestHeaders',
  'responseHeaders',
  'userAgentFilter',
  'webhookVerification',
  'websocketTcpConverter',
] as const satisfies readonly (keyof PolicyOptions)[];
