import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

export const documentType = 'application/json; charset=utf-8';
export const pageType = 'text/html; charset=utf-8';

/** The generated document. Read when somebody asks for it: a start should not wait for what few read. */
export async function readDocument(): Promise<string> {
  return await readContract('openapi.json');
}

/** The generated forms of policies. */
export async function readPolicyForms(): Promise<string> {
  return await readContract('policy-forms.json');
}

async function readContract(name: string): Promise<string> {
  return await readFile(createRequire(import.meta.url).resolve(`@adit/contracts/${name}`), 'utf8');
}

/** The generated page, and the policy that allows its own style and nothing else. */
export async function readPage(): Promise<{ text: string; securityPolicy: string }> {
  const text = await readFile(new URL('./generated/api.html', import.meta.url), 'utf8');
  const style = /<style>([^]*?)<\/style>/.exec(text)?.[1] ?? '';
  const securityPolicy = [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return { text, securityPolicy };
}
