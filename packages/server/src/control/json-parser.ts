import { AditError } from '@adit/contracts';
import type { ApiServer } from './control-deps.ts';

/** Reads bodies in JSON. The framework by itself would put U+FFFD where bytes are no UTF-8, and so keep what nobody sent. */
export function addJsonParser(app: ApiServer): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    const text = textOf(bytes as Buffer);
    if (text === undefined) done(new AditError(213, 'Cannot read the body: it is not UTF-8'));
    else void parse(request, text, done);
  });
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
