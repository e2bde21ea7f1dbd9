import { nearestKey } from '@adit/contracts';
import { type Phase, phases } from '@adit/policy-kit';
import type { PolicyAction, PolicyDocument, PolicyRule } from './policy-document.ts';
import { policyLimits } from './policy-limits.ts';
import { type Locate, type Path, type PolicyProblem, refusePolicy } from './policy-problems.ts';
import { readYaml } from './read-yaml.ts';

/** A document and where its parts stand in the text. */
export interface ParsedPolicy {
  readonly document: PolicyDocument;
  readonly locate: Locate;
}

/**
 * Reads a Traffic Policy document, YAML or JSON: its form, not yet whether its actions and expressions are any. The spellings
 * of older agents are taken, too: `inbound` and `outbound`, capitals, `enabled`. No text at all stands for no rules. One without
 * anything in it, or with a name that nothing follows, is refused: so ends a file that is being written, and what was to come may be
 * what keeps visitors out.
 *
 * @param hasHttp Whether the endpoint speaks HTTP: what the older `inbound` stands for. Null: it is for all endpoints, and has no
 *   phases in older spellings: they would be others for each.
 * @throws {AditError} 9600: it is none; says each mistake with line and column. 2264, 2265: too many rules, or of one rule too many parts.
 */
export function parsePolicy(text: string, { hasHttp }: { hasHttp: boolean | null }): ParsedPolicy {
  if (text === '') return { document: {}, locate: () => undefined };
  if (text.length > policyLimits.maxChars) {
    const message = `it is longer than ${policyLimits.maxChars} characters`;
    throw refusePolicy([{ code: 9600, path: [], message }], () => undefined);
  }
  const { value, locate } = readYaml(text);
  return { document: read(value, new DocumentReader({ hasHttp, isText: true }), locate), locate };
}

/** As `parsePolicy`, of what is plain data already, in which null is nothing. @throws As `parsePolicy`. */
export function readPolicy(value: unknown, { hasHttp }: { hasHttp: boolean }): PolicyDocument {
  return read(value, new DocumentReader({ hasHttp, isText: false }), () => undefined);
}

function read(value: unknown, reader: DocumentReader, locate: Locate): PolicyDocument {
  const document = reader.read(value);
  if (reader.problems.length > 0) throw refusePolicy(reader.problems, locate);
  return document;
}

const ruleKeys = ['name', 'expressions', 'actions', 'enabled'];
const actionKeys = ['type', 'config'];

/** Reads the form and collects every mistake. */
class DocumentReader {
  readonly problems: PolicyProblem[] = [];
  readonly #hasHttp: boolean | null;
  readonly #isText: boolean;

  constructor({ hasHttp, isText }: { hasHttp: boolean | null; isText: boolean }) {
    this.#hasHttp = hasHttp;
    this.#isText = isText;
  }

  read(value: unknown): PolicyDocument {
    if (value === null) {
      if (this.#isText) this.#problem([], 'there is nothing in it; write {} where no rules are meant');
      return {};
    }
    const older = this.#hasHttp === null ? [] : ['inbound', 'outbound'];
    const fields = this.#object(value, [], [...phases, ...older, 'enabled']);
    const document: { [phase in Phase]?: readonly PolicyRule[] } = {};
    for (const [key, { value: rules, path }] of fields) {
      if (key === 'enabled') continue;
      const phase = this.#phaseOf(key);
      if (document[phase]) this.#problem(path, `"${key}" and "${phase}" are the same: keep one`);
      document[phase] = this.#rules(rules, path);
    }
    if (this.#isOff(fields)) return {};
    return document;
  }

  #phaseOf(key: string): Phase {
    if (key === 'inbound') return this.#hasHttp ? 'on_http_request' : 'on_tcp_connect';
    return key === 'outbound' ? 'on_http_response' : (key as Phase);
  }

  #rules(value: unknown, path: Path): PolicyRule[] {
    const rules = this.#list(value, path);
    if (rules.length > policyLimits.maxRules) {
      this.#problem(path, `it has more than ${policyLimits.maxRules} rules`, 2264);
      return [];
    }
    return rules.flatMap((rule, i) => this.#rule(rule, [...path, i]));
  }

  #rule(value: unknown, path: Path): PolicyRule[] {
    const fields = this.#object(value, path, ruleKeys);
    const expressions = this.#texts(fields.get('expressions'));
    const at = fields.get('actions')?.path ?? [...path, 'actions'];
    const actions = fields.has('actions') ? this.#list(fields.get('actions')?.value, at) : [];
    if (actions.length === 0) this.#problem(at, 'a rule needs at least one action');
    if (Math.max(actions.length, expressions.length) > policyLimits.maxPartsOfRule) {
      this.#problem(path, `a rule may have ${policyLimits.maxPartsOfRule} actions and expressions`, 2265);
      return [];
    }
    const name = this.#text(fields.get('name')) ?? '';
    const read = actions.map((action, i) => this.#action(action, [...at, i]));
    return this.#isOff(fields) ? [] : [{ name, expressions, actions: read }];
  }

  #action(value: unknown, path: Path): PolicyAction {
    const fields = this.#object(value, path, actionKeys);
    const type = this.#text(fields.get('type'));
    if (type === undefined) this.#problem(path, 'an action needs a "type"');
    return { type: type ?? '', config: fields.get('config')?.value ?? {} };
  }

  #isOff(fields: Fields): boolean {
    const enabled = fields.get('enabled');
    if (enabled && typeof enabled.value !== 'boolean') this.#problem(enabled.path, '"enabled" is true or false');
    return enabled?.value === false;
  }

  /** Its fields by lower-case name: agents in other languages write capitals. */
  #object(value: unknown, path: Path, known: readonly string[]): Fields {
    const fields: Fields = new Map();
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.#problem(path, 'an object with named fields is wanted here');
      return fields;
    }
    for (const [written, field] of Object.entries(value)) {
      const key = known.includes(written) ? written : snakeCase(written);
      const at = [...path, written];
      if (!known.includes(key)) {
        this.#problem(at, unknownField(written, known));
        continue;
      }
      const before = fields.get(key)?.path.at(-1);
      if (before !== undefined) this.#problem(at, `"${written}" and "${before}" are the same: keep one`);
      fields.set(key, { value: field, path: at });
    }
    return fields;
  }

  #list(value: unknown, path: Path): readonly unknown[] {
    if (Array.isArray(value)) return value;
    if (value === null && !this.#isText) return [];
    this.#problem(path, value === null ? 'a list is wanted here; write [] for none' : 'a list is wanted here');
    return [];
  }

  #texts(field: Field | undefined): string[] {
    if (!field) return [];
    return this.#list(field.value, field.path).map((value, i) => this.#text({ value, path: [...field.path, i] }) ?? '');
  }

  #text(field: Field | undefined): string | undefined {
    if (field === undefined) return undefined;
    if (typeof field.value === 'string') return field.value;
    // YAML takes `true` and `1` for other things than text, and means them as written in a list of expressions.
    if (typeof field.value === 'boolean' && field.path.includes('expressions')) return String(field.value);
    this.#problem(field.path, 'text is wanted here');
    return undefined;
  }

  #problem(path: Path, message: string, code: PolicyProblem['code'] = 9600): void {
    this.problems.push({ code, path, message });
  }
}

interface Field {
  readonly value: unknown;
  readonly path: Path;
}
type Fields = Map<string, Field>;

/** `OnHttpRequest` and `Actions`, as the Rust core of SDKs writes them. */
function snakeCase(text: string): string {
  return text.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
}

/** "x" is no field here; did you mean "y"? */
export function unknownField(written: string, known: readonly string[]): string {
  const nearest = nearestKey(written, known);
  const listed = known.length === 0 ? '' : `; known: ${known.join(', ')}`;
  const words = nearest ? `; did you mean ${JSON.stringify(nearest)}?` : listed;
  return `${JSON.stringify(written.slice(0, 100))} is no field here${words}`;
}
