import type { Provider } from './provider.ts';
import { providers } from './providers.ts';
import type { HmacScheme } from './schemes/hmac.ts';
import type { Scheme } from './schemes/scheme.ts';
import { type Vector, vectors } from './vectors/vectors.testkit.ts';

/** The table of providers in README.md, from the table of data. */
export function providersTable(): string {
  const head = ['provider', 'is', 'signature in', 'signed', 'secret', 'time', 'handshake', 'checked with'];
  const rows = providers.map((provider) => [
    [provider.id, ...(provider.aliases ?? [])].map(code).join(', '),
    provider.title,
    unique(provider.schemes.map(placeOf)),
    unique(provider.schemes.map(signedBy)),
    unique(provider.schemes.map(secretFor)),
    provider.toleranceMs === undefined ? '' : `${provider.toleranceMs / 1_000} s`,
    handshakeOf(provider),
    evidenceFor(provider),
  ]);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const code = (text: string) => `\`${text}\``;
const unique = (texts: readonly string[]) => [...new Set(texts)].join('; or ');

function placeOf(scheme: Scheme): string {
  if (scheme.family === 'hmac') return scheme.headers.map((header) => code(`${header}: ${formOf(scheme)}`)).join(', ');
  if (scheme.family === 'mailgun' || scheme.family === 'sns') return 'the content';
  return code(scheme.family === 'contentful' ? 'x-contentful-signature' : scheme.header);
}

function formOf({ prefix = '', encoding, key, timestamp }: HmacScheme): string {
  return key ? `${timestamp?.name}=…,${key}=<${encoding}>` : `${prefix}<${encoding}>`;
}

function signedBy(scheme: Scheme): string {
  switch (scheme.family) {
    case 'hmac':
      return `HMAC-${scheme.hash.toUpperCase()} of ${code(scheme.message)}`;
    case 'url-and-form':
      return 'HMAC-SHA1 of URL and form';
    case 'plivo':
      return `HMAC-SHA256 of ${scheme.version === 3 ? 'URL, form' : 'URL'} and nonce`;
    case 'keyed-hash':
      return `SHA-256 of secret and ${Object.values(scheme.messages).map(code).join(' or ')}`;
    case 'mailgun':
      return 'HMAC-SHA256 of timestamp and token, not of the rest';
    case 'contentful':
      return 'HMAC-SHA256 of method, path, chosen headers and content';
    case 'hygraph':
      return 'HMAC-SHA256 of a JSON text with content, environment and time';
    case 'ecdsa':
      return `ECDSA of ${code(scheme.message)}`;
    case 'sns':
      return 'RSA of the fields of the message';
    case 'token':
      return 'nothing: the secret itself is sent';
  }
}

function secretFor(scheme: Scheme): string {
  if (scheme.family === 'hmac') return scheme.keyForm ?? 'text';
  if (scheme.family === 'ecdsa') return 'public key, base64';
  if (scheme.family === 'sns') return 'account id or topic ARN, optional';
  return scheme.family === 'token' && scheme.form === 'basic' ? '`user::password`' : 'text';
}

function handshakeOf({ handshake }: Provider): string {
  return handshake ? 'yes' : '';
}

/** The best that there is: the provider's own examples, else a library that knows it, else only what is written about it. */
function evidenceFor({ id }: Provider): string {
  const own = vectors.filter(({ provider }) => provider === id);
  if (own.some(({ kind }) => kind === 'published')) return 'its own examples';
  const isLibrary = ({ kind, source, title = '' }: Vector) =>
    kind === 'independent' && /\d[.]\d/.test(source) && !title.startsWith('a generic library');
  return own.some(isLibrary) ? 'libraries' : 'its description';
}
