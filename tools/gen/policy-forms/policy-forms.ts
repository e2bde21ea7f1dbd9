import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicyForm, PolicyForms } from '@adit/contracts';
import { policyModules } from '@adit/policies';
import type { PolicyModule } from '@adit/policy-kit';
import { z } from 'zod';
import { hasHttp } from '../../../packages/server/src/domain/endpoint.ts';
import { repositoryRoot } from '../source-files.ts';
import { formFields, type JsonSchema } from './form-input.ts';
import { formLabel } from './form-label.ts';

/** The forms of all policies. @throws {Error} As `formFields`, and a README does not begin with what its policy does. */
export function policyForms(): PolicyForms {
  return { policies: policyModules.map((module) => policyForm(module, readme(module.name))) };
}

/** @param page Its README. @throws {Error} As `policyForms`. */
export function policyForm(
  { name, phases, protocols, schema }: Pick<PolicyModule, 'name' | 'phases' | 'protocols' | 'schema'>,
  page: string,
): PolicyForm {
  const anywhere = (['http', 'https', 'tcp', 'tls'] as const).filter(
    (scheme) => hasHttp(scheme) || phases.includes('on_tcp_connect'),
  );
  return {
    ...{ name, title: formLabel(name), summary: summaryOf(name, page), phases, protocols: protocols ?? anywhere },
    fields: formFields(jsonSchema(name, schema), name),
  };
}

function jsonSchema(name: string, schema: z.ZodType): JsonSchema {
  try {
    const { $schema: _, ...config } = z.toJSONSchema(schema, { io: 'input' });
    return config;
  } catch (cause) {
    throw new Error(`${name}: its schema has something that forms do not know: ${(cause as Error).message}`, { cause });
  }
}

/** The first sentence. */
function summaryOf(name: string, page: string): string {
  const [, paragraph = ''] = /^# .*\n\n((?:.+\n)+)/.exec(page) ?? [];
  const [, sentence] = /^(.+?\.)(?:\s|$)/.exec(paragraph.replaceAll('\n', ' ')) ?? [];
  if (sentence === undefined) throw new Error(`${name}: its README does not begin with a sentence about it`);
  return sentence;
}

function readme(name: string): string {
  return readFileSync(join(repositoryRoot, 'packages/policies/src', name, 'README.md'), 'utf8');
}
