import { AditError } from '@adit/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allowsSecrets, formatAcl, parseAcl } from './credential-acl.ts';
import { thrownCode } from './thrown-code.testkit.ts';

const formatted = (...rules: string[]) => formatAcl(parseAcl(rules));

test.each<[rules: string[], canonical: string[]]>([
  [[], []],
  [
    ['*', 'bind:*'],
    ['*', 'bind:*'],
  ],
  [['bind:App.Example.COM.'], ['bind:app.example.com']],
  [['bind:MÜNCHEN.example'], ['bind:xn--mnchen-3ya.example']],
  [['bind:app。example．com'], ['bind:app.example.com']],
  [['bind:*.Example.COM.'], ['bind:*.example.com']],
  [['bind:*.com'], ['bind:*.com']],
  [['bind:localhost:20001'], ['bind:localhost:20001']],
  [['bind:Example.com.:1'], ['bind:example.com:1']],
  [['bind:example.com:65535'], ['bind:example.com:65535']],
  [['bind:edge=edghts_1'], ['bind:edge=edghts_1']],
  [['bind:Team=Ärger/1'], ['bind:Team=Ärger/1']],
  [
    ['bind:*=v', 'bind:k=*', 'bind:*=*'],
    ['bind:*=v', 'bind:k=*', 'bind:*=*'],
  ],
  [['bind:app.example.com', 'bind:APP.example.com.'], ['bind:app.example.com']],
  [['require:restrict-ips', 'require:restrict-ips {}'], ['require:restrict-ips']],
  [['require:verify-webhook { "provider" : "github" }'], ['require:verify-webhook {"provider":"github"}']],
  [['require:deny {"__proto__":1}'], ['require:deny {"__proto__":1}']],
  [['secrets:*', 'secrets:*'], ['secrets:*']],
])('the rules %j are kept as %j', (rules, canonical) => {
  expect(formatted(...rules)).toEqual(canonical);
});

test.each<[rule: string, why: string]>([
  ['', 'it is not "secrets:*", and does not begin with "bind:" or "require:"'],
  ['app.example.com', 'it is not "secrets:*", and does not begin with "bind:" or "require:"'],
  ['BIND:app.example.com', 'it is not "secrets:*", and does not begin with "bind:" or "require:"'],
  [' bind:app.example.com', 'it is not "secrets:*", and does not begin with "bind:" or "require:"'],
  ['secrets:web', 'it is not "secrets:*", and does not begin with "bind:" or "require:"'],
  ['**', 'it is not "secrets:*", and does not begin with "bind:" or "require:"'],
  ['require:', 'a requirement is the name of an action, and what must be set as JSON'],
  ['require:Deny', 'a requirement is the name of an action, and what must be set as JSON'],
  ['require:deny{}', 'a requirement is the name of an action, and what must be set as JSON'],
  ['require:deny {', 'what stands behind the action is no JSON object'],
  ['require:deny []', 'what stands behind the action is no JSON object'],
  ['require:deny null', 'what stands behind the action is no JSON object'],
  ['bind:', 'it names no host'],
  ['bind: app.example.com', 'it names no host'],
  ['bind:a_b.example.com', 'it names no host'],
  ['bind:a..example.com', 'it names no host'],
  ['bind:https://app.example.com', 'it names no host'],
  ['bind:app.example.com/', 'it names no host'],
  ['bind:a%62.example.com', 'it names no host'],
  ['bind:[::1]:80', 'it names no host'],
  ['bind::80', 'it names no host'],
  ['bind:*.', 'it names no host'],
  ['bind:*.*.example.com', 'it names no host'],
  ['bind:a.*.example.com', 'it names no host'],
  ['bind:a*.example.com', 'it names no host'],
  ['bind:*a.example.com', 'it names no host'],
  ['bind:＊.example.com', 'it names no host'],
  ['bind:*:80', 'it names no host'],
  ['bind:app.example.com:1:2', 'it names no host'],
  ['bind:*.example.com:80', 'a tcp address has one host; leave the port or the wildcard out'],
  ['bind:example.com:', 'its port is not a number from 1 to 65535'],
  ['bind:example.com:0', 'its port is not a number from 1 to 65535'],
  ['bind:example.com:080', 'its port is not a number from 1 to 65535'],
  ['bind:example.com:65536', 'its port is not a number from 1 to 65535'],
  ['bind:example.com:20000-20010', 'its port is not a number from 1 to 65535'],
  ['bind:example.com:*', 'its port is not a number from 1 to 65535'],
  ['bind:a=b=c', 'it has more than one "="'],
  ['bind:=v', 'a label is <key>=<value>, each of them "*" or plain text'],
  ['bind:k=', 'a label is <key>=<value>, each of them "*" or plain text'],
  ['bind:k*=v', 'a label is <key>=<value>, each of them "*" or plain text'],
  ['bind:k=v*', 'a label is <key>=<value>, each of them "*" or plain text'],
  ['bind:k=a b', 'a label is <key>=<value>, each of them "*" or plain text'],
  ['bind:k=v\u202e', 'a label is <key>=<value>, each of them "*" or plain text'],
])('the rule %j is refused: %s', (rule, why) => {
  const run = () => parseAcl(['bind:app.example.com', rule]);
  expect(thrownCode(run)).toBe(600);
  expect(run).toThrow(`Cannot use the ACL rule ${JSON.stringify(rule)}: ${why}`);
});

test('too many rules are refused, and one that is too long', () => {
  expect(parseAcl(Array<string>(100).fill('*'))).toHaveLength(100);
  expect(() => parseAcl(Array<string>(101).fill('*'))).toThrow('Cannot use 101 ACL rules: 100 are allowed');
  expect(() => parseAcl([`bind:k=${'v'.repeat(1e6)}`])).toThrow(
    /^Cannot use .{100,130}: it is longer than 512 characters$/,
  );
});

test('rules that are together longer than 8 KiB are refused', () => {
  const rules = (count: number) => Array.from({ length: count }, (_, i) => `bind:k${i}=${'v'.repeat(500)}`);
  expect(formatted(...rules(16))).toEqual(rules(16));
  expect(() => formatted(...rules(17))).toThrow('Cannot use the ACL rules: together they are longer than 8192 bytes');
});

test('whatever comes is refused with 600, or is the same when it is read back', () => {
  const unit = fc.constantFrom(...'aB1-.*:=ü。%/ '.split(''));
  const rule = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit }).map((text) => `bind:${text}`),
  );
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 3 }), (rules) => {
      try {
        const acl = parseAcl(rules);
        expect(formatAcl(parseAcl(formatAcl(acl)))).toEqual(formatAcl(acl));
      } catch (error) {
        if (!(error instanceof AditError) || error.code !== 600) throw error;
      }
    }),
    { numRuns: 3_000 },
  );
});

test.each<[rules: string[], isAllowed: boolean]>([
  [[], true],
  [['*'], true],
  [['require:deny'], true],
  [['bind:app.example.com'], false],
  [['bind:app.example.com', 'require:deny'], false],
  [['bind:k=v'], false],
  [['bind:app.example.com', 'bind:*'], true],
  [['bind:app.example.com', 'secrets:*'], true],
])('policies of agents with %j may ask for secrets: %j', (rules, isAllowed) => {
  expect(allowsSecrets(parseAcl(rules))).toBe(isAllowed);
});
