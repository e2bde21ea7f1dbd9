import { describe, expect, it } from 'vitest';
import { parseEndpointOptions } from '../endpoint-options.ts';
import {
  parseAuthReply,
  parseAuthRequest,
  parseBindReply,
  parseBindRequest,
  parsePatchTunnelState,
  parsePlainReply,
  parseStartTunnelWithLabel,
  parseUnbindRequest,
} from './parse-message.ts';

describe('messages', () => {
  it.each([
    { client: 'Rust', request: { Version: ['3', '2'], ClientId: '', Extra: { AuthToken: 't', LegNumber: 1 } } },
    { client: 'Go', request: { Version: ['3', '2'], ClientId: '', Extra: { Authtoken: 't', LegNumber: 1 } } },
    { client: 'odd', request: { version: ['3', '2'], CLIENTID: null, extra: { AUTHTOKEN: 't', legnumber: 1.5 } } },
  ])('reads an auth request of the $client spelling', ({ request }) => {
    expect(parseAuthRequest(request)).toMatchObject({
      Version: ['3', '2'],
      ClientId: '',
      Extra: { AuthToken: 't', LegNumber: 1, Cookie: '', HeartbeatInterval: 0, StopUnsupportedError: null },
    });
  });

  it('takes the exact spelling when two keys differ in case only, else the first', () => {
    expect(parseUnbindRequest({ id: 'a', Id: 'b', ID: 'c' }).Id).toBe('b');
    expect(parseUnbindRequest({ id: 'a', ID: 'c' }).Id).toBe('a');
  });

  it('reads absent, null and empty values as the same', () => {
    const absent = parseBindRequest({ Proto: 'https' });
    expect(parseBindRequest({ Proto: 'https', Id: null, Opts: null, Extra: null })).toEqual(absent);
    expect(parseBindRequest({ Proto: 'https', Id: '', Opts: {}, Extra: { Bindings: null } })).toEqual(absent);
    expect(absent).toMatchObject({ Id: '', Opts: {}, Extra: { Token: '', Bindings: [], PoolingEnabled: false } });
  });

  it('keeps Opts as they came, unknown keys and prototype names included', () => {
    const json = '{"Proto":"http","Opts":{"domain":"a.test","New":{"x":[1]},"__proto__":{"y":2},"Compression":null}}';
    expect(JSON.stringify(parseBindRequest(JSON.parse(json)).Opts)).toBe(
      '{"domain":"a.test","New":{"x":[1]},"__proto__":{"y":2},"Compression":null}',
    );
  });

  it('names one problem of a list however many entries are wrong: finding them all would cost a second and 200 MB', () => {
    const wrong = Array.from({ length: 1_000 }, () => 1);
    const problem = 'Invalid input: expected a list of texts, received array';
    expect(() => parseBindRequest({ Proto: 'https', Extra: { Bindings: wrong } })).toThrow(
      `Cannot read the bind request at "Extra.Bindings": ${problem}`,
    );
    expect(() => parseAuthRequest({ Version: wrong, Extra: {} })).toThrow(`at "Version": ${problem}`);
    const credentials = wrong.map(() => ({ username: 1 }));
    expect(() => parseEndpointOptions({ BasicAuth: { credentials } })).toThrow(
      'Cannot read the endpoint options at "BasicAuth.credentials.0.username": Invalid input: expected string, received number',
    );
  });

  it('takes no number that JSON can say and no number is', () => {
    const parse = (json: string) => parseAuthRequest(JSON.parse(json));
    expect(() => parse('{"Extra":{"HeartbeatInterval":1e999}}')).toThrow('at "Extra.HeartbeatInterval"');
    expect(parse('{"Extra":{"HeartbeatInterval":-1.9}}').Extra.HeartbeatInterval).toBe(-1);
  });

  it('reads a refusal that holds nothing but its error', () => {
    expect(parseBindReply({ Error: 'no\n\nERR_NGROK_334' })).toMatchObject({ Error: 'no\n\nERR_NGROK_334', Id: '' });
    expect(parseAuthReply({ Error: 'no', Extra: null }).Extra.Cookie).toBe('');
    expect(parsePlainReply({})).toEqual({ Error: '' });
  });

  it('tells what a patch changes from what it leaves', () => {
    expect(parsePatchTunnelState({ TunnelId: 't', Name: '', PoolingEnabled: false })).toEqual({
      TunnelId: 't',
      Name: '',
      Description: null,
      Metadata: null,
      TrafficPolicy: null,
      PoolingEnabled: false,
    });
  });

  it.each([
    { what: 'auth request', parse: parseAuthRequest, value: { Extra: { AuthToken: 5 } }, code: 109 },
    { what: 'auth request', parse: parseAuthRequest, value: {}, code: 109 },
    { what: 'auth request', parse: parseAuthRequest, value: null, code: 109 },
    { what: 'bind request', parse: parseBindRequest, value: { Opts: [] }, code: 301 },
    { what: 'labelled bind request', parse: parseStartTunnelWithLabel, value: { Labels: 'a' }, code: 301 },
    { what: 'unbind request', parse: parseUnbindRequest, value: { Id: {} }, code: 9400 },
    {
      what: 'endpoint options',
      parse: parseEndpointOptions,
      value: { IPRestriction: { allow_cidrs: 'x' } },
      code: 301,
    },
    { what: 'bind reply', parse: parseBindReply, value: { URL: 7 }, code: 9303 },
  ])('refuses the $what $value with $code', ({ what, parse, value, code }) => {
    const failure = expect.objectContaining({ code, message: expect.stringContaining(`Cannot read the ${what}`) });
    expect(() => parse(value)).toThrow(failure);
  });

  it('names the key of a wrong value and never the value', () => {
    expect(() => parseAuthRequest({ Extra: { AuthToken: ['hunter2'] } })).toThrow(
      'Cannot read the auth request at "Extra.AuthToken": Invalid input: expected string, received array',
    );
  });
});

describe('endpoint options', () => {
  it('reads every module, and null for those that are absent', () => {
    const options = parseEndpointOptions({
      URL: 'https://app.test',
      LocalUrlScheme: 'http',
      ProxyProto: 2,
      IPRestriction: { allow_cidrs: ['203.0.113.0/24'] },
      BasicAuth: { credentials: [{ username: 'u', cleartext_password: 'p' }] },
      OAuth: { provider: 'google' },
      RequestHeaders: { add: ['a:b'], addParsed: {} },
      Compression: {},
      OIDC: null,
    });
    expect(options).toMatchObject({
      URL: 'https://app.test',
      LocalURLScheme: 'http',
      ProxyProto: 2,
      IPRestriction: { allow_cidrs: ['203.0.113.0/24'], deny_cidrs: [] },
      BasicAuth: { credentials: [{ username: 'u', cleartext_password: 'p', hashed_password: '' }] },
      OAuth: { provider: 'google', client_id: '', scopes: [] },
      RequestHeaders: { add: ['a:b'], remove: [] },
      Compression: {},
      OIDC: null,
      CircuitBreaker: null,
      TrafficPolicy: '',
    });
  });
});
