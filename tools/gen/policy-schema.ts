import { policyModules } from '@adit/policies';
import { type Phase, type PolicyModule, phases } from '@adit/policy-kit';
import { z } from 'zod';

type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The Traffic Policy language as JSON Schema (draft 2020-12), for editors and programs: the form of documents, not what
 * expressions mean. The spellings of older agents are not in it.
 */
export function policySchema(modules: readonly PolicyModule[] = policyModules): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Traffic Policy',
    ...strict(Object.fromEntries(phases.map((phase) => [phase, rulesSchema(phase, modules)]))),
    $defs: Object.fromEntries(modules.map((module) => [module.name, actionSchema(module)])),
  };
}

function rulesSchema(phase: Phase, modules: readonly PolicyModule[]): JsonSchema {
  const fitting = modules.filter((module) => module.phases.includes(phase));
  const actions = fitting.map(({ name }) => ({ $ref: `#/$defs/${name}` }));
  const rule = {
    name: { type: 'string', description: 'For people.' },
    expressions: {
      type: 'array',
      items: { type: 'string' },
      description: 'Conditions in CEL; the actions run when all are true. Default: they always run.',
    },
    actions: { type: 'array', minItems: 1, items: { anyOf: actions }, description: 'Run one by one.' },
    enabled: { type: 'boolean', default: true, description: 'False: the rule is left out.' },
  };
  return { type: 'array', items: strict(rule, ['actions']) };
}

function actionSchema({ name, schema }: PolicyModule): JsonSchema {
  const { $schema: _, ...config } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => tidy(jsonSchema),
  });
  if (JSON.stringify(config).includes('"$ref"')) throw new Error(`The schema of "${name}" refers to parts of itself`);
  const isOptional = schema.safeParse({}).success;
  return strict({ type: { const: name }, config }, isOptional ? ['type'] : ['type', 'config']);
}

/** What modules say for forms is no JSON Schema, and strict readers of such refuse it. */
function tidy(schema: z.core.JSONSchema.BaseSchema): void {
  delete schema['isSecret'];
  delete schema['expressions'];
}

function strict(properties: JsonSchema, required: readonly string[] = []): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false };
}
