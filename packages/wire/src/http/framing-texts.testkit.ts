import fc from 'fast-check';
import { colon, connectionLine, plainLine } from './header-texts.testkit.ts';
import { eol, join, rarely, words } from './odd-text.testkit.ts';

const lengthName = rarely(
  'Content-Length',
  ...words('content-length|CONTENT-LENGTH|Content-Length |Content-Lengt|Content_Length|Content\0-Length'),
);
const hugeLengths = '9007199254740992|999999999999999|18446744073709551619|18446744073709551616';
const oddLength = fc.constantFrom(
  ...words('+3|-3|3, 3|3,|0x3|3 3||3a|03|000000000000003|0000000000000003|3.0|3e0|\x0b3|\xb3|3;|1\t|\t3|3 |"3"|3\0'),
  ...words(hugeLengths),
);
const codingName = rarely(
  'Transfer-Encoding',
  ...words('transfer-encoding|Transfer-Encoding |Transfer_Encoding|Transfer-Encodin|Transfer-Encoding\0'),
);
const coding = rarely(
  'chunked',
  ...words('Chunked|CHUNKED|chunked |chunked\t|\tchunked|xchunked|chunkedx|chunked,|,chunked|chunked;a|"chunked"'),
  ...words('chunked, chunked|identity|gzip, chunked|chunked, identity||chun ked|\x0bchunked|chunked\0|gzip'),
  ...words('chunked\r\n |\r\n chunked|chunked, |chunked\xa0|c\xa1unked'),
);

const data = fc.constantFrom(
  ...words('|a|abc|0\r\n\r\n|GET / HTTP/1.1\r\n\r\n|HTTP/1.1 200 OK\r\n\r\n|\0\xff|0123456789abcdef0123456789'),
);
const sizePrefix = rarely('', ...words('0|000|+|-|0x| |\t|0000000000000|00000000000000|f|\n'));
const extension = rarely(
  '',
  ...words(';a|;a=b|;a="b;c"|;a="b\\"c"| |\t|;|;;|;a=|; a| ;a|;a =b|;a= b|;=b|;a;b=c|;a="b|;a="b"c|;a="\r\n"|;\0'),
  ...words(';a=b=c|;a="\xe9\t"|;a="\\\xe9"|;a="\\\t"|;a="\x7f"|;a\r|;a\n|x|,a|;a=b"c"|;a,b|;"a"|;a=""|;a=b;|;\xe9'),
  ...words(';a=\xe9|;a="b" ;c|;a\\b|;a="\\"|;a="\\\x01"|;a="b\\"'),
);

const chunk = fc
  .tuple(data, sizePrefix, extension, eol, eol, fc.boolean())
  .map(([text, prefix, behind, first, second, isUpper]) => {
    const size = text.length.toString(16);
    return text === '' ? '' : `${prefix}${isUpper ? size.toUpperCase() : size}${behind}${first}${text}${second}`;
  });
const framingTrailer = fc
  .tuple(fc.oneof(lengthName, codingName), fc.constant(': '), fc.constantFrom('3', 'chunked'), eol)
  .map(join);
const trailer = fc.oneof(
  { weight: 10, arbitrary: plainLine },
  { weight: 1, arbitrary: connectionLine },
  { weight: 1, arbitrary: framingTrailer },
);
const trailers = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.array(trailer, { maxLength: 3 }).map(join) },
);
const lastSize = rarely('0', ...words('00||0000000000000|00000000000000|-0|0x0|0 '));
const chunks = fc.tuple(fc.array(chunk, { maxLength: 4 }).map(join), lastSize, extension, eol, trailers, eol).map(join);

type Framing = readonly [lines: string, content: string];

const byLength = fc
  .tuple(lengthName, colon, data, eol)
  .map(([name, sign, text, end]): Framing => [`${name}${sign}${text.length}${end}`, text]);
const byChunks = fc
  .tuple(codingName, colon, coding, eol, chunks)
  .map(([name, sign, text, end, content]): Framing => [`${name}${sign}${text}${end}`, content]);
const oddly = fc.tuple(oddLength, data).map(([text, content]): Framing => [`Content-Length: ${text}\r\n`, content]);
const aLine = fc.oneof(
  coding.map((text) => `Transfer-Encoding: ${text}\r\n`),
  fc.constantFrom('3', '4', '0').map((text) => `Content-Length: ${text}\r\n`),
);
const bySeveral = fc
  .tuple(fc.array(aLine, { maxLength: 3 }), chunks)
  .map(([lines, content]): Framing => [join(lines), content]);

/** Framing lines, and the content behind the head: they fit in most cases. */
export const framing = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Framing>(['', '']) },
  { weight: 8, arbitrary: byLength },
  { weight: 8, arbitrary: byChunks },
  { weight: 1, arbitrary: oddly },
  { weight: 1, arbitrary: data.map((text): Framing => ['', text]) },
  { weight: 1, arbitrary: bySeveral },
);
