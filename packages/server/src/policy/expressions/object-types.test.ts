import { HeaderFields, phases } from '@adit/policy-kit';
import { describe, expect, test } from 'vitest';
import { describeLanguage } from './describe-language.ts';
import { evaluate, failureOf, problemOf } from './evaluate.testkit.ts';
import { sampleNowMs, sampleRequest, sampleScope } from './sample-scope.testkit.ts';
import { richCertificate } from './views/sample-certificate.testkit.ts';

const plain = sampleScope();
const { tls } = plain.connection;
const withCertificate = sampleScope({
  connection: {
    ...plain.connection,
    ...(tls && { tls: { ...tls, clientCertificate: richCertificate, isClientVerified: true } }),
  },
});
const iphone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1';
const fromPhone = sampleScope({
  connection: withCertificate.connection,
  request: sampleRequest({
    authority: 'u:p@app.example.com:8443',
    headers: new HeaderFields([...sampleRequest().headers.lines, 'Location', '/here']),
  }),
  variables: new Map<string, unknown>([['greeting', 'hello']]),
});
fromPhone.request?.headers.set('user-agent', iphone);

interface Place {
  readonly city: string;
  readonly country: string;
  readonly code: string;
  readonly asNumber: bigint;
}

function addressValues(address: string, { city, country, code, asNumber }: Place): [text: string, value: unknown][] {
  const [location, registered] = [`${address}.geo.location`, `${address}.geo.registered_location`];
  return [
    [`${address}.as.number`, asNumber],
    [`${address}.as.organization`, 'Beispiel AG'],
    [`${location}.city`, city],
    [`${location}.continent`, 'EU'],
    [`${location}.country`, country],
    [`${location}.country_code`, code],
    [`${location}.is_eu`, true],
    [`double(${location}.latitude)`, 52.52],
    [`double(${location}.longitude)`, 13.405],
    [`${location}.metro_code`, '0'],
    [`${location}.postal_code`, '10115'],
    [`int(${location}.radius)`, 20n],
    [`${location}.subdivision`, 'Land Berlin'],
    [`${location}.timezone`, 'Europe/Berlin'],
    [`${registered}.country`, 'Norway'],
    [`${registered}.country_code`, 'NO'],
    [`${registered}.is_eu`, false],
  ];
}

const values: readonly (readonly [text: string, value: unknown])[] = [
  ['conn.client_ip', '203.0.113.7'],
  ['conn.client_port', 50_000n],
  ['conn.server_ip', '192.0.2.1'],
  ['conn.server_port', 443n],
  ['conn.geo.city', 'Berlin'],
  ['conn.geo.country', 'Germany'],
  ['conn.geo.country_code', 'DE'],
  ['conn.geo.latitude', '52.52'],
  ['conn.geo.longitude', '13.405'],
  ['conn.geo.radius', '20'],
  ['conn.geo.subdivision', 'Land Berlin'],
  ...addressValues('conn.client_ip', { city: 'Berlin', country: 'Germany', code: 'DE', asNumber: 64_500n }),
  ...addressValues('conn.server_ip', { city: 'Paris', country: 'France', code: 'FR', asNumber: 64_501n }),
  ['conn.ts.start', new Date(sampleNowMs - 60_000)],
  ['conn.tls.cipher_suite', 'TLS_AES_128_GCM_SHA256'],
  ['conn.tls.ja4_fingerprint', 't13d1516h2_8daaf6152771_e5627efa2ab1'],
  ['conn.tls.negotiated_alpn', 'h2'],
  ['conn.tls.session_resumed', false],
  ['conn.tls.sni', 'app.example.com'],
  ['conn.tls.version', '1.3'],
  ['conn.tls.client.extensions[0].id', '2.5.29.14'],
  ['conn.tls.client.extensions[0].critical', false],
  ['size(conn.tls.client.extensions[0].value)', 22n],
  ['conn.tls.client.is_verified', true],
  ['conn.tls.client.issuer.startsWith("CN=anna,")', true],
  ['conn.tls.client.issuer.common_name', 'anna'],
  ['conn.tls.client.issuer.country', ['DE']],
  ['conn.tls.client.issuer.locality', ['Mitte']],
  ['conn.tls.client.issuer.organization', ['Beispiel, AG']],
  ['conn.tls.client.issuer.organizational_unit', ['Ops', 'Dev']],
  ['conn.tls.client.issuer.postal_code', ['10115']],
  ['conn.tls.client.issuer.province', ['Berlin']],
  ['conn.tls.client.issuer.street_address', ['Weg 1']],
  ['conn.tls.client.pem.startsWith("-----BEGIN CERTIFICATE-----")', true],
  ['conn.tls.client.san.contains("DNS:a.example.com")', true],
  ['conn.tls.client.san.dns_names', ['a.example.com', 'b.example.com']],
  ['conn.tls.client.san.email_addresses', ['anna@example.com']],
  ['conn.tls.client.san.ip_addresses', ['192.0.2.1', '2001:db8::1']],
  ['conn.tls.client.san.uris', ['https://example.com/anna']],
  ['conn.tls.client.serial_number', 'b53017e7'],
  ['conn.tls.client.signature_algorithm', 'ECDSA-SHA256'],
  ['conn.tls.client.subject.endsWith(",C=DE")', true],
  ['conn.tls.client.subject.common_name', 'anna'],
  ['conn.tls.client.subject.country', ['DE']],
  ['conn.tls.client.subject.locality', ['Mitte']],
  ['conn.tls.client.subject.organization', ['Beispiel, AG']],
  ['conn.tls.client.subject.organizational_unit', ['Ops', 'Dev']],
  ['conn.tls.client.subject.postal_code', ['10115']],
  ['conn.tls.client.subject.province', ['Berlin']],
  ['conn.tls.client.subject.street_address', ['Weg 1']],
  ['conn.tls.client.validity.not_after > timestamp(time.now)', true],
  ['conn.tls.client.validity.not_before > timestamp(time.now)', true],
  ['endpoint.addr', 'app.example.com:443'],
  ['endpoint.host', 'app.example.com'],
  ['endpoint.id', 'ep_1'],
  ['endpoint.port', 443n],
  ['endpoint.protocol', 'https'],
  ['endpoint.url', 'https://app.example.com'],
  ['time.now', '2026-01-31T12:00:00Z'],
  ['vars.greeting', 'hello'],
  ['req.content_encoding', ['gzip', 'br']],
  ['req.content_length', 12n],
  ['req.content_type', 'application/json'],
  ['req.content_type.parameters["charset"]', 'utf-8'],
  ['req.content_type.raw', 'Application/JSON; charset="utf-8"'],
  ['req.cookies["id"].map(c, c.value)', ['1', '2']],
  ['req.cookies["theme"][0].name', 'theme'],
  ['req.cookies["theme"][0].value', 'dark'],
  ['req.cookies["theme"][0].domain', ''],
  ['req.cookies["theme"][0].path', ''],
  ['req.cookies["theme"][0].http_only', false],
  ['req.cookies["theme"][0].secure', false],
  ['req.cookies["theme"][0].same_site', ''],
  ['size(req.cookies["theme"][0].unparsed_attributes)', 0n],
  ['req.headers["x-key"]', ['a', 'b']],
  ['req.host', 'app.example.com'],
  ['req.location', '/here'],
  ['req.method', 'POST'],
  ['req.ts.header_received', new Date(sampleNowMs - 1_500)],
  ['req.url', 'https://u:p@app.example.com:8443/api/items?q=1&q=2&name=J%C3%BCrgen+K'],
  ['req.url.authority', 'u:p@app.example.com:8443'],
  ['req.url.fragment', ''],
  ['req.url.host', 'app.example.com'],
  ['req.url.path', '/api/items'],
  ['req.url.port', 8443n],
  ['req.url.query', 'q=1&q=2&name=J%C3%BCrgen+K'],
  ['req.url.query_params["name"]', ['Jürgen K']],
  ['req.url.raw', 'https://u:p@app.example.com:8443/api/items?q=1&q=2&name=J%C3%BCrgen+K'],
  ['req.url.raw_path', '/api/items'],
  ['req.url.scheme', 'https'],
  ['req.url.uri', '/api/items?q=1&q=2&name=J%C3%BCrgen+K'],
  ['req.url.user_password', 'u:p'],
  ['req.user_agent', iphone],
  ['req.user_agent.name', 'Safari'],
  ['req.user_agent.version', '26.1'],
  ['req.user_agent.os', 'iOS'],
  ['req.user_agent.os_version', '18.7'],
  ['req.user_agent.device', 'iPhone'],
  ['req.user_agent.is_mobile', true],
  ['req.user_agent.is_tablet', false],
  ['req.user_agent.is_desktop', false],
  ['req.user_agent.is_bot', false],
  ['req.user_agent.url', ''],
  ['req.version', 'HTTP/1.1'],
  ['res.content_encoding', []],
  ['res.content_type', 'text/html'],
  ['res.content_type.parameters', new Map()],
  ['res.content_type.raw', 'text/html'],
  ['res.cookies["id"][1].name', 'id'],
  ['res.cookies["id"][1].value', '1'],
  ['res.cookies["id"][0].domain', 'example.com'],
  ['res.cookies["id"][0].expires', new Date(Date.UTC(2026, 0, 31, 13))],
  ['res.cookies["id"][1].http_only', true],
  ['res.cookies["id"][1].max_age == duration("1h")', true],
  ['res.cookies["id"][0].path', '/deep/er'],
  ['res.cookies["id"][1].same_site', 'Lax'],
  ['res.cookies["id"][1].secure', true],
  ['res.cookies["id"][1].unparsed_attributes', new Map([['priority', 'High']])],
  ['res.headers["content-type"]', ['text/html']],
  ['res.location', '/index.html'],
  ['res.status_code', 302n],
  ['event.data', '{"n": 1}'],
  ['event.event', 'tick'],
];

describe('variables', () => {
  test.each(values)('%s is %s', (text, expected) => {
    expect(evaluate(text, { scope: fromPhone })).toEqual(expected);
  });

  test('each one that is described has a row here, or is one that is missing here', () => {
    const missing = [
      'res.content_length',
      'event.id',
      'event.retry',
      ...['expires', 'max_age'].map((name) => `req.cookies[…][…].${name}`),
    ];
    const objects =
      /^(?:conn|conn\.geo|conn\.(?:client|server)_ip(?:\.as|\.geo(?:\.(?:registered_)?location)?)?|conn\.ts|conn\.tls|conn\.tls\.client|conn\.tls\.client\.validity|endpoint|time|req|req\.ts|res|event)$/;
    const asked = values.map(([text]) => text.replaceAll(/\[[^\]]*\]/g, '[…]'));
    const unasked = describeLanguage()
      .variables.filter(({ path, phases: known }) => known.length > 0 && !objects.test(path) && !missing.includes(path))
      .filter(({ path }) => !asked.some((text) => text.includes(path)));
    expect(unasked.map(({ path }) => path)).toEqual([]);
  });

  test.each([
    'res.content_length',
    'event.id',
    'event.retry',
    'req.cookies["id"][0].expires',
    'req.cookies["id"][0].max_age',
    'req.cookies["none"]',
    'req.headers["none"]',
    'vars.none',
  ])('%s is not there, and that is a failure', (text) => {
    expect(failureOf(text)).toBe('a field or key is not there');
  });
});

describe('what this server cannot know', () => {
  test.each<readonly [string, string, string]>([
    ['conn.client_ip.categories', 'conn.client_ip.categories', 'it has no lists of addresses'],
    ['"x" in conn.client_ip.categories', 'conn.client_ip.categories', 'it has no lists of addresses'],
    ['conn.client_ip.is_on_blocklist', 'conn.client_ip.is_on_blocklist', 'it has no lists of addresses'],
    ['conn.server_ip.is_tor_node', 'conn.server_ip.is_tor_node', 'it has no lists of addresses'],
    ...['city', 'continent', 'metro_code', 'subdivision', 'timezone'].map((name) => {
      const path = `conn.client_ip.geo.registered_location.${name}`;
      return [path, path, 'of where a network is registered, databases say the country only'] as const;
    }),
    ...['conn.bytes_in', 'conn.bytes_out'].map((name) => {
      const reason = 'a connection carries requests for several endpoints, and only the sum of their bytes is counted';
      return [name, name, reason] as const;
    }),
    ['conn.server_region', 'conn.server_region', 'it is not in one of several regions'],
    ['conn.k8s.pod.id', 'conn.k8s', 'visitors do not come through a Kubernetes operator'],
    [
      'conn.tls.server.subject',
      'conn.tls.server',
      'it does not keep with a connection which of its certificates it showed',
    ],
    ['req.trailers["x"]', 'req.trailers', 'trailers come after the content, when everything is decided'],
    ['res.trailers["x"]', 'res.trailers', 'trailers come after the content, when everything is decided'],
    ['req.ts.body_received', 'req.ts.body_received', 'requests are decided before their content is there'],
  ])('%s is refused with the reason', (text, name, reason) => {
    expect(problemOf(text).message).toBe(`this server cannot know "${name}": ${reason}`);
  });
});

describe('names that are a text and an object', () => {
  const url = 'https://app.example.com/api/items?q=1&q=2&name=J%C3%BCrgen+K';
  test.each([
    [`req.url == "${url}"`, true],
    [`"${url}" == req.url`, true],
    [`req.url != "${url}"`, false],
    [`req.url in ["x", "${url}"]`, true],
    ['req.url.startsWith("https://app")', true],
    ['req.url.path.startsWith("/api")', true],
    ['req.url.matches("items")', true],
    ['size(req.url)', BigInt(url.length)],
    ['req.url + "!"', `${url}!`],
    ['string(req.url)', url],
    ['[req.url, "x"][0]', url],
    ['{req.url: 1}', { [url]: 1n }],
    ['{"u": req.url}["u"]', url],
    ['(req.url).size() > 0', true],
    ['true ? req.url : "x"', url],
    ['req["url"]', url],
    ['req["url"]["path"]', '/api/items'],
    ['req["url"].path', '/api/items'],
    ['["a"].map(x, req.url)[0]', url],
    ['["a"].all(x, req.url.path != x)', true],
    ['req.?url.orValue("x")', url],
    ['url.parse(req.url).path', '/api/items'],
    ['getReqHeader(req.content_type) == []', true],
    ['req.content_type == "application/json"', true],
    ['req.user_agent.contains("curl")', true],
    ['req.user_agent == "curl/8.9.1" && req.user_agent.name == "curl"', true],
    ['conn.client_ip == "203.0.113.7"', true],
    ['conn.client_ip == "203.0.113.7" && conn.client_ip.as.number == 64500', true],
    ['conn["client_ip"]["as"]["number"]', 64_500n],
    ['conn.?client_ip.?geo.?location.?city.orValue("")', 'Berlin'],
    ['has(conn.client_ip.geo.location.city)', true],
    ['(conn.client_ip).startsWith("203.")', true],
    ['[conn.client_ip][0]', '203.0.113.7'],
    ['string(conn.client_ip)', '203.0.113.7'],
    ['conn.geo.country_code in ["DE", "AT"]', true],
  ])('%s is %s', (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });

  test.each([
    ['req.url == 1', 'the types do not fit: string == int'],
    ['req["url"]["pat"]', '"req["url"]" has no field "pat"'],
    ['req[req.method]', 'a field is named, as in "req.method"'],
    ['req["$url"]', '"req" has no field "$url"'],
    ['conn["$client_ip"]', '"conn" has no field "$client_ip"'],
    ['conn.client_ip.gei', '"conn.client_ip" has no field "gei"'],
    ['conn.client_ip.as == 1', 'the types do not fit: autonomous_system == int'],
  ])('%s is refused: %s', (text, message) => {
    expect(problemOf(text).message).toBe(message);
  });
});

describe('names of headers', () => {
  test.each([
    ['req.headers["X-Key"][0]', 'a'],
    ['"X-KEY" in req.headers', true],
    ['"x-key" in req.headers', true],
    ['req.headers.Host[0]', 'App.example.com'],
    ['req.headers[?"X-Key"].hasValue()', true],
    ['res.headers["Location"]', ['/index.html']],
    // Only what is written out: what is made is compared as it is.
    ['("X" + "-Key") in req.headers', false],
  ])('are in any case: %s is %s', (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });
});

describe('of a connection without TLS', () => {
  const { tls: _, ...connection } = sampleScope().connection;
  const scope = sampleScope({ connection: { ...connection, serverName: null } });
  test.each([
    ['conn.tls.version', ''],
    ['conn.tls.sni', ''],
    ['conn.tls.cipher_suite', ''],
    ['conn.tls.negotiated_alpn', ''],
    ['has(conn.tls.client)', false],
  ])('%s is %j', (text, expected) => {
    expect(evaluate(text, { scope })).toBe(expected);
  });

  test('a field of the certificate that was not shown is a failure', () => {
    expect(failureOf('conn.tls.client.subject.common_name == "anna"', { scope })).toBe('a field or key is not there');
  });
});

test('every phase has the variables of those before it', () => {
  const count = (phase: (typeof phases)[number]) =>
    describeLanguage().variables.filter(({ phases: known }) => known.includes(phase)).length;
  const counts = phases.map(count);
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
});
