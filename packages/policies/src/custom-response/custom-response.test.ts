import { testPolicy } from '@adit/policy-kit/testkit';
import { expect, test } from 'vitest';
import { customResponse } from './custom-response.ts';
import { guessType } from './guess-type.ts';

testPolicy(customResponse, {
  decisions: [
    {
      title: 'answers with 200 and no content',
      config: {},
      request: {},
      expected: 'answered',
      check: (_, decision) => expect(decision).toMatchObject({ status: 200, headers: [], isRefusal: false }),
    },
    {
      title: 'fills expressions in body and headers',
      config: { status_code: 404, body: 'no ${req.url.path}', headers: { 'X-Path': '${req.url.path}' } },
      values: { 'req.url.path': '/a' },
      request: {},
      expected: 'answered',
      check: (_, decision) =>
        expect(decision).toMatchObject({
          status: 404,
          isRefusal: true,
          headers: ['X-Path', '/a', 'content-type', 'text/plain; charset=utf-8'],
          body: Buffer.from('no /a'),
        }),
    },
    ...[
      ['<html><script>', 'text/plain; charset=utf-8'],
      ['<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', 'text/plain; charset=utf-8'],
      ['{"a":1}', 'application/json'],
    ].map(([sent, type]) => ({
      title: `does not take for a page what only a visitor wrote: ${sent}`,
      config: { body: '${req.url.query}' },
      values: { 'req.url.query': sent },
      request: {},
      expected: 'answered',
      check: (_: unknown, decision: unknown) => expect(decision).toMatchObject({ headers: ['content-type', type] }),
    })),
    {
      title: 'takes for a page what the rule begins as one',
      config: { body: '<html>${req.host}' },
      values: { 'req.host': 'a' },
      request: {},
      expected: 'answered',
      check: (_, decision) => expect(decision).toMatchObject({ headers: ['content-type', 'text/html; charset=utf-8'] }),
    },
    {
      title: 'keeps a content-type that is given, and answers in place of the service',
      config: { body: '{}', headers: { 'Content-Type': 'application/problem+json' } },
      response: {},
      expected: 'answered',
      check: (_, decision) => expect(decision).toMatchObject({ headers: ['Content-Type', 'application/problem+json'] }),
    },
  ],
  refusals: [
    { title: 'refuses a status of no answer', config: { status_code: 101 }, code: 9600, names: 'status_code' },
    { title: 'refuses content where there is none', config: { status_code: 204, body: 'x' }, code: 3604, names: '204' },
    { title: 'refuses to frame', config: { headers: { 'Content-Length': '1' } }, code: 9600, names: 'Content-Length' },
    { title: 'refuses a name that is none', config: { headers: { 'a b': '1' } }, code: 9600, names: 'a b' },
  ],
});

test.each([
  ['<!DOCTYPE html><p>', 'text/html; charset=utf-8'],
  [' <html>', 'text/html; charset=utf-8'],
  ['<?xml version="1.0"?>', 'application/xml; charset=utf-8'],
  ['{"a":1}', 'application/json'],
  ['[1]', 'application/json'],
  ['{ not json', 'text/plain; charset=utf-8'],
  ['hello', 'text/plain; charset=utf-8'],
])('guessType(%j) is %s', (text, type) => {
  expect(guessType(text, text)).toBe(type);
});
