/** When a rule of a policy is asked; the words are those of Traffic Policy documents. */
export const phases = ['on_tcp_connect', 'on_http_request', 'on_http_response', 'on_event_stream_message'] as const;

/**
 * `on_tcp_connect`: once for each (connection, endpoint), before anything else. `on_http_request`: for every request, before it
 * is forwarded. `on_http_response`: for every answer, of the upstream or of a policy, before the visitor gets it.
 * `on_event_stream_message`: for every message of an answer that is a stream of events.
 */
export type Phase = (typeof phases)[number];
