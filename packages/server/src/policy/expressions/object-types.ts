import { addressTypes } from './address-types.ts';
import { certificateTypes } from './certificate-types.ts';
import type { FieldRow, NameRow, ObjectType, UnknowableRow } from './field-row.ts';
import { placeFacts } from './views/address-view.ts';
import { ConnectionTimesView, ConnectionView, TlsView } from './views/connection-view.ts';
import { ContentTypeView } from './views/content-type-view.ts';
import { CookieView } from './views/cookie-view.ts';
import { EndpointView } from './views/endpoint-view.ts';
import { EventView } from './views/event-view.ts';
import { RequestTimesView, RequestView } from './views/request-view.ts';
import { ResponseView } from './views/response-view.ts';
import { TimeView } from './views/time-view.ts';
import { UrlView } from './views/url-view.ts';
import { UserAgentView } from './views/user-agent-view.ts';

const noTrailers = unknowable('trailers come after the content, when everything is decided');

/** What one endpoint is told must say nothing of what a visitor does with another one, perhaps of another account. */
const onlySum = 'a connection carries requests for several endpoints, and only the sum of their bytes is counted';

/** The first words of variables. */
export const roots: Readonly<Record<string, FieldRow>> = {
  conn: row('connection', "The visitor's connection."),
  endpoint: row('endpoint', 'The endpoint that the visitor reached.'),
  time: row('time', 'The time.'),
  vars: row('map<string, dyn>', 'What `set-vars` set before, in the same phase.'),
  actions: row('actions', 'What actions left that ran before.'),
  req: { ...row('request', 'The request, as it would be forwarded now.'), since: 'on_http_request' },
  res: { ...row('response', 'The answer, as the visitor would get it now.'), since: 'on_http_response' },
  event: { ...row('event', 'One message of an answer that is a stream of events.'), since: 'on_event_stream_message' },
};

const headerFields: Readonly<Record<string, NameRow>> = {
  content_encoding: row('list<string>', 'The codings of the `Content-Encoding` header, in lower case.'),
  content_length: row('int', 'Bytes of content. Not there when there is content whose length nobody said.'),
  content_type: {
    ...row('content_type', 'The media type of the `Content-Type` header, without parameters, in lower case.'),
    isText: true,
  },
  cookies: row('map<string, list<cookie>>', 'The cookies by name.'),
  headers: {
    ...row('map<string, list<string>>', 'All values of each header by its name in lower case.'),
    isLowerCase: true,
  },
  location: row('string', 'The `Location` header; empty when there is none.'),
  trailers: noTrailers,
};

const connectionFields: Readonly<Record<string, NameRow>> = {
  bytes_in: unknowable(onlySum),
  bytes_out: unknowable(onlySum),
  client_ip: { ...row('string', "The visitor's address."), below: 'address' },
  client_port: row('int', "The visitor's port."),
  geo: { ...row('short_place', 'Where the visitor is. Texts are empty when it is not known.'), facts: placeFacts },
  server_ip: { ...row('string', 'The address that the visitor connected to.'), below: 'address' },
  server_port: row('int', 'The port that the visitor connected to.'),
  server_region: unknowable('it is not in one of several regions'),
  ts: row('connection_times', 'Times of the connection.'),
  tls: row('tls', 'What TLS agreed on. Its texts are empty when there was no TLS, or when this server did not end it.'),
  k8s: unknowable('visitors do not come through a Kubernetes operator'),
};

const urlFields: Readonly<Record<string, NameRow>> = {
  authority: row('string', 'Host and port, as written, with user and password in front if there are any.'),
  fragment: row('string', 'What is behind `#`; requests never have it.'),
  host: row('string', 'The host, in lower case, without port.'),
  path: row(
    'string',
    'The path in normal form: nothing percent-encoded that need not be, `/%40a` is `/@a`; no `.` and `..` in it.',
  ),
  port: row('int', 'The port, if one is written.'),
  query: row('string', 'What is behind the question mark, as written.'),
  query_params: row('map<string, list<string>>', 'All values of each query parameter, decoded.'),
  raw: row('string', 'The whole URL, as written.'),
  raw_path: row('string', 'The path, as written.'),
  scheme: row('string', '`http` or `https`.'),
  uri: row('string', 'Path in normal form, and query.'),
  user_password: row('string', 'User and password in the URL; empty when there are none.'),
};

const userAgentFields: Readonly<Record<string, NameRow>> = {
  name: row('string', 'The name of the browser or program, e.g. `Firefox`.'),
  version: row('string', 'Its version.'),
  os: row('string', 'The operating system, e.g. `macOS`; empty when it does not say.'),
  os_version: row('string', 'The version of that.'),
  device: row('string', 'The device, e.g. `iPhone`, or the model of one with Android; empty when it does not say.'),
  is_mobile: row('bool', 'It says it is a phone.'),
  is_tablet: row('bool', 'It says it is a tablet.'),
  is_desktop: row('bool', 'It says it is on a computer.'),
  is_bot: row('bool', 'It says it is a program that fetches pages by itself.'),
  url: row('string', 'The first address in it, with which bots tell about themselves.'),
};

const cookieFields: Readonly<Record<string, NameRow>> = {
  name: row('string', 'The name.'),
  value: row('string', 'The value, without quotes around it.'),
  domain: row('string', 'The attribute `Domain`; empty when it is not there, and in requests.'),
  path: row('string', 'The attribute `Path`; empty when it is not there, and in requests.'),
  expires: row('timestamp', 'The attribute `Expires`, if it is there.'),
  max_age: row('duration', 'The attribute `Max-Age`, if it is there.'),
  http_only: row('bool', 'The attribute `HttpOnly` is there.'),
  secure: row('bool', 'The attribute `Secure` is there.'),
  same_site: row('string', 'The attribute `SameSite`; empty when it is not there.'),
  unparsed_attributes: row('map<string, string>', 'Other attributes, names in lower case.'),
};

/** Every object that is the same for all documents. Results of actions come on top. */
export const objectTypes: Readonly<Record<string, ObjectType>> = {
  connection: { view: ConnectionView, fields: connectionFields },
  connection_times: {
    view: ConnectionTimesView,
    fields: { start: row('timestamp', 'When the connection was accepted, if it was noted.') },
  },
  tls: {
    view: TlsView,
    fields: {
      cipher_suite: row('string', 'The cipher suite by its IANA name.'),
      client: row('certificate', 'The certificate that the visitor showed, if it did.'),
      ja4_fingerprint: row(
        'string',
        "The JA4 fingerprint of the visitor's program, e.g. `t13d1516h2_8daaf6152771_e5627efa2ab1`, also of TLS that passes through. Programs can make themselves look alike.",
      ),
      negotiated_alpn: row('string', 'The protocol that was agreed on (ALPN).'),
      server: unknowable('it does not keep with a connection which of its certificates it showed'),
      session_resumed: row('bool', 'Always false.'),
      sni: row('string', 'The server name that the visitor sent.'),
      version: row('string', '`1.2` or `1.3`.'),
    },
  },
  ...certificateTypes,
  ...addressTypes,
  endpoint: {
    view: EndpointView,
    fields: {
      addr: row('string', 'Host and port.'),
      host: row('string', 'The host.'),
      id: row('string', 'The id.'),
      port: row('int', 'The port.'),
      protocol: row('string', '`http`, `https`, `tcp` or `tls`.'),
      url: row('string', 'The URL.'),
    },
  },
  time: {
    view: TimeView,
    fields: { now: row('string', 'The time now by RFC 3339; `timestamp(time.now)` to compute with.') },
  },
  request: {
    view: RequestView,
    fields: {
      ...headerFields,
      host: row('string', 'The host that the request is for, in lower case, without port.'),
      method: row('string', 'The method, e.g. `GET`.'),
      ts: row('request_times', 'Times of the request.'),
      url: { ...row('url', 'The whole URL in normal form.'), isText: true },
      user_agent: { ...row('user_agent', 'The `User-Agent` header; empty when there is none.'), isText: true },
      version: row('string', '`HTTP/1.0`, `HTTP/1.1` or `HTTP/2.0`.'),
    },
  },
  request_times: {
    view: RequestTimesView,
    fields: {
      body_received: unknowable('requests are decided before their content is there'),
      header_received: row('timestamp', 'When the head of the request was there.'),
    },
  },
  response: { view: ResponseView, fields: { ...headerFields, status_code: row('int', 'The status code.') } },
  event: {
    view: EventView,
    fields: {
      data: row('string', 'The data, if there is any; several lines are joined by line feeds.'),
      event: row('string', 'The type of event, if it says one.'),
      id: row('string', 'The id, if it says one.'),
      retry: row('string', 'Milliseconds to wait before coming back, if it says so.'),
    },
  },
  content_type: {
    view: ContentTypeView,
    fields: {
      parameters: row('map<string, string>', 'The parameters by name in lower case.'),
      raw: row('string', 'The header as it is.'),
    },
  },
  cookie: { view: CookieView, fields: cookieFields },
  url: { view: UrlView, fields: urlFields },
  user_agent: { view: UserAgentView, fields: userAgentFields },
};

function row(type: string, description: string): FieldRow {
  return { type, description };
}

function unknowable(reason: string): UnknowableRow {
  return { reason };
}
