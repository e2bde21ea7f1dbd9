import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type TestContext } from 'vitest';
import { run } from './program.ts';
import { requires } from './requires.ts';
import { newDataDir } from './server.ts';

export interface Pair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A user's own certificate, its own CA. */
export async function makePair(context: TestContext, name: string): Promise<Pair> {
  requires(context, ['openssl']);
  const dir = await newDataDir();
  const [keyFile, certFile] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  const algorithm = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const made = await run(['openssl', 'req', '-x509', ...algorithm, ...names, '-keyout', keyFile, '-out', certFile]);
  expect(made).toMatchObject({ code: 0 });
  return { cert: await readFile(certFile), key: await readFile(keyFile) };
}
