import type { Call } from './call-text.ts';

/**
 * Where an answer sends a call; undefined: nowhere, or where it must not go, and the answer stands. To another host go neither
 * the header lines of the policy nor a content: they are meant for the one it names. Methods change as RFC 9110 §15.4 says.
 */
export function redirected(call: Call, { status, headers }: Response): Call | undefined {
  const location = headers.get('location');
  if (location === null || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  if (!URL.canParse(location, call.url.href)) return undefined;
  const url = new URL(location, call.url);
  if (!isAllowed(url, call.url)) return undefined;
  const isGet = status === 303 || (status < 303 && call.method === 'POST');
  const next = isGet ? { method: 'GET', url, headers: withoutContent(call.headers), body: '' } : { ...call, url };
  if (url.origin === call.url.origin) return next;
  return next.method === 'GET' ? { ...next, headers: {} } : undefined;
}

/** Not from https to what others can read, and as no user. */
function isAllowed(url: URL, from: URL): boolean {
  const isWeb = url.protocol === 'https:' || (url.protocol === 'http:' && from.protocol === 'http:');
  return isWeb && url.username === '' && url.password === '';
}

function withoutContent(headers: Call['headers']): Call['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('content-')));
}
