import fc from 'fast-check';
import { changed, changes } from './byte-changes.testkit.ts';
import { framing } from './framing-texts.testkit.ts';
import { connectionLine, plainLine, upgradeLine } from './header-texts.testkit.ts';
import { eol, join, often, rarely, space, words } from './odd-text.testkit.ts';

// HTTP/1.1 messages as text that are nearly right: what a message is made of is drawn part by part, each part now and then
// odd, and bytes of the whole are changed afterwards. Noise alone would not get past the first line.

const before = rarely('', ...words('\r\n|\r\n\r\n|\n|\r| |\0|\r\n |\t'));
const method = often(
  words('GET|POST|HEAD|PUT|OPTIONS|QUERY|M-SEARCH|PATCH|DELETE|SOURCE|PROPFIND'),
  words('get|CONNECT|PRI|FOO|GE|GETT||G T|HTTP/1.1|DESCRIBE|ANNOUNCE|G\0T|P\xf6ST'),
);
const target = often(
  [...words('/|/a/b?c=d|*|http://a.test|https://a.test:8443/x?y|/?|//|/;a=b'), '/%2e%2e/{x|y}"'],
  [
    ...words('|a|a:80|/a b|/\xe9|/\0|/#|/a#b|*a|**|http:/a|http://|http:///x|http://u@h/|http://u@v@h/|http://[::1]/'),
    ...words('http://a/ b|ht2p://a/|http://a?b|http://a#b|?a|/\t|/\x7f|\\|http://a"b|http://a\\b/|http://%00|h|:|://a'),
    ...words("a-b://c|http://a,b;c=d&e!$'()+~_-.:1|/\xff?\x80"),
  ],
);
const version = rarely('HTTP/1.1', ...words('HTTP/1.0|HTTP/1.0|HTTP/0.9|HTTP/2.0|HTTP/1.2|http/1.1|HTTP/1,1|HTTP/11'));

const line = fc.oneof(
  { weight: 12, arbitrary: plainLine },
  { weight: 3, arbitrary: connectionLine },
  { weight: 1, arbitrary: upgradeLine },
);
const lines = fc.array(line, { maxLength: 3 }).map(join);
const rest = fc
  .tuple(lines, framing, lines, eol)
  .map(([above, [framingLines, content], below, end]) => `${above}${framingLines}${below}${end}${content}`);

const request = fc.tuple(before, method, space, target, space, version, eol, rest).map(join);

const status = often(
  words('200|204|304|404|100|103|500|205|206'),
  words('101|099|600|999|20|2000|0200||2xx|+20|000|199|1e2|20\0'),
);
const reason = often(words(' OK| || Not Found'), words(' \xe9| a\0b| a\rb| a\tb|  two|\tOK|OK| a\x7f| a\x01| \x80'));
const beforeAnswer = rarely('', ...words('\r\n|\n| |\r\n\r\n'));
const answer = fc.tuple(beforeAnswer, version, space, status, reason, eol, rest).map(join);

/** One to three messages, some bytes of them changed. */
function several(message: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(fc.array(message, { minLength: 1, maxLength: 3 }).map(join), changes)
    .map(([text, list]) => list.reduce(changed, text));
}

/** Requests, one after the other, as latin1 text. */
export const requestTexts = several(request);

/** Answers, one after the other, as latin1 text; and the methods of the requests that they may answer. */
export const answerTexts = fc.record({
  text: several(answer),
  methods: fc.array(often(['GET', 'POST'], ['HEAD', 'HEAD']), { minLength: 1, maxLength: 3 }),
});
