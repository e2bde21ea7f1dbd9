import { headerPairs } from '../show/header-values.ts';
import type { ShownCapture } from '../show/shown-capture.ts';

/** Headers that curl makes itself, from the body and the connection it opens. */
const madeByCurl = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'expect',
  'trailer',
  'te',
]);
/** Headers that curl adds unless it is told not to. */
const addedByCurl = ['Accept', 'User-Agent', 'Content-Type'];

/**
 * A curl command for a POSIX shell that sends the request again through the public URL. Safe to paste: nothing of the
 * request is outside of quotes, and what a terminal could take for a key press is not in it as it is.
 *
 * @param baseUrl The public URL, without a path.
 */
export function curlCommand(shown: ShownCapture, baseUrl: string): string {
  const { request, target } = shown;
  const { method } = request.head;
  const isHttp2 = request.head.version === '2';
  // In clear there is no HTTP/2 for visitors.
  const protocol = isHttp2 && baseUrl.startsWith('https:') ? ['--http2'] : [];
  const args = ['--globoff', '--path-as-is', ...protocol, method === 'HEAD' ? '--head' : `--request ${quoted(method)}`];
  if (target.startsWith('/')) args.push(`--url ${quoted(baseUrl + target)}`);
  else args.push(`--url ${quoted(`${baseUrl}/`)}`, `--request-target ${quoted(target)}`);
  args.push(...headerArguments(shown, baseUrl));
  const { before, argument } = bodyOf(request.body.bytes);
  if (argument !== '') args.push(argument);
  const note = request.body.isTruncated ? '# Only the beginning of the body was kept.\n' : '';
  return `${note}${before}curl ${args.join(' \\\n  ')}\n`;
}

function headerArguments({ request }: ShownCapture, baseUrl: string): string[] {
  const host = URL.parse(baseUrl)?.host;
  const present = new Set<string>();
  const args: string[] = [];
  for (const [name, value] of headerPairs(request.lines)) {
    const lower = name.toLowerCase();
    present.add(lower);
    // gRPC asks by it for the trailers that its result is in.
    const isTeOfHttp2 = lower === 'te' && request.head.version === '2';
    if ((madeByCurl.has(lower) && !isTeOfHttp2) || (lower === 'host' && value === host)) continue;
    // curl leaves out a header without a value unless it ends with a semicolon.
    args.push(`--header ${quoted(value === '' ? `${name};` : `${name}: ${asTyped(value)}`)}`);
  }
  const hasBody = request.body.bytes.length > 0;
  for (const name of addedByCurl) {
    if (present.has(name.toLowerCase()) || (name === 'Content-Type' && !hasBody)) continue;
    args.push(`--header ${quoted(`${name}:`)}`);
  }
  return args;
}

/** Text as an argument; anything else through a pipe, as Base64. */
function bodyOf(bytes: Buffer): { before: string; argument: string } {
  if (bytes.length === 0) return { before: '', argument: '' };
  if (isPlainText(bytes)) return { before: '', argument: `--data-raw ${quoted(bytes.toString('utf8'))}` };
  return { before: `printf %s ${quoted(bytes.toString('base64'))} | base64 -d | `, argument: '--data-binary @-' };
}

/** The longest argument that systems take is 128 KiB. */
const maxArgumentBytes = 100_000;

function isPlainText(bytes: Buffer): boolean {
  if (bytes.length > maxArgumentBytes) return false;
  const text = bytes.toString('utf8');
  // Control characters, C1 ones as well, would be key presses; only a line feed is safe within quotes.
  return Buffer.from(text).equals(bytes) && /^[\n\x20-\x7e\u00a0-\u{10ffff}]*$/u.test(text);
}

/** Header values are bytes, one for each character; the shell is given text in UTF-8. A tab would complete a word. */
function asTyped(value: string): string {
  const bytes = Buffer.from(value.replaceAll('\t', ' '), 'latin1');
  const text = bytes.toString('utf8');
  const isUtf8 = Buffer.from(text).equals(bytes);
  return (isUtf8 ? text : value.replaceAll('\t', ' ')).replaceAll(/[\u0080-\u009f]/g, '?');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
