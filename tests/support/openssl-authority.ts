import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import type { Pair } from './own-certificate.ts';
import { run } from './program.ts';
import { requires } from './requires.ts';
import { newDataDir } from './server.ts';

/** What `openssl ca` keeps books of. */
const config = (dir: string) => `
[ca]
default_ca = books
[books]
database = ${dir}/index.txt
serial = ${dir}/serial
new_certs_dir = ${dir}
certificate = ${dir}/ca.crt
private_key = ${dir}/ca.key
default_md = sha256
default_days = 30
default_crl_days = 30
policy = names
[names]
commonName = supplied
`;
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** An authority as people have it who use openssl and nothing else. */
export class OpensslAuthority {
  readonly cert: string;
  readonly #dir: string;

  private constructor(dir: string, cert: string) {
    this.#dir = dir;
    this.cert = cert;
  }

  static async make(context: TestContext): Promise<OpensslAuthority> {
    requires(context, ['openssl']);
    const dir = await newDataDir();
    const files = { 'ca.cnf': config(dir), 'index.txt': '', serial: '1000\n' };
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
    const names = ['-subj', '/CN=Example CA', '-keyout', join(dir, 'ca.key'), '-out', join(dir, 'ca.crt')];
    await openssl(['req', '-x509', ...newKey, ...names]);
    return new OpensslAuthority(dir, await readFile(join(dir, 'ca.crt'), 'utf8'));
  }

  async issue(name: string): Promise<Pair> {
    const [key, request, cert] = ['key', 'csr', 'crt'].map((ending) => join(this.#dir, `${name}.${ending}`));
    await openssl(['req', '-new', ...newKey, '-subj', `/CN=${name}`, '-keyout', `${key}`, '-out', `${request}`]);
    await this.#books(['-batch', '-notext', '-in', `${request}`, '-out', `${cert}`]);
    return { cert: await readFile(`${cert}`), key: await readFile(`${key}`) };
  }

  async revoke(name: string): Promise<void> {
    await this.#books(['-revoke', join(this.#dir, `${name}.crt`)]);
  }

  /** Of what was revoked until now, PEM. */
  async list(): Promise<string> {
    await this.#books(['-gencrl', '-out', join(this.#dir, 'list.pem')]);
    return await readFile(join(this.#dir, 'list.pem'), 'utf8');
  }

  async #books(words: readonly string[]): Promise<void> {
    await openssl(['ca', '-config', join(this.#dir, 'ca.cnf'), ...words]);
  }
}

async function openssl(words: readonly string[]): Promise<void> {
  const { code, stderr } = await run(['openssl', ...words]);
  if (code !== 0) throw new Error(`openssl ${words[0]} ended with ${code}: ${stderr}`);
}
