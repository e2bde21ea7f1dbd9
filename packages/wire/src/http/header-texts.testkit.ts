import fc from 'fast-check';
import { eol, join, often, rarely, words } from './odd-text.testkit.ts';

const oddNames = '| X|X |X\t|X\0|X\xe9|X(|X@|X:|X\r|"X"|X/Y|Keep-Alive|Proxy-Connection|TE|Trailer';
const name = often(words("Host|X|x-Y_z|Accept|Cookie|!#$%&'*+-.^_`~"), words(oddNames));

const oddValues = 'a\0|a\x01|a\x7f|a\rb|a\nb|a\r\n b|\x0b|\x0c|\x80|\x1f|close|upgrade|a\r\n\tb';
const value = often(words('a||a b|a.test|a, b|"q"| \t a \t |\xe9\xff|a:b'), words(oddValues));

export const colon = rarely(':', ...words(': | :|:\t||\t:|::|:\0|:\v|: \r\n '));

export const plainLine = fc.tuple(name, colon, value, eol).map(join);

const oddOptions = 'close, keep-alive|close x|closed|xclose|close\t,x|keep-alive;q||,,|up grade|clos\xe9|upgrade,close';
const options = often(
  words('keep-alive|close|Upgrade|Keep-Alive, Upgrade|TE, close|x|,close|upgrade ,'),
  words(oddOptions),
);
const connection = often(words('Connection|connection'), words('Proxy-Connection|Connectio|Connection '));

export const connectionLine = fc.tuple(connection, colon, options, eol).map(join);

const upgrade = often(words('Upgrade|UPGRADE'), ['Upgrade ']);
const protocols = often(words('websocket|a/1, b'), words('h2c||a,|a b|H2'));

export const upgradeLine = fc.tuple(upgrade, colon, protocols, eol).map(join);
