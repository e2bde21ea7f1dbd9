import { AditError } from '@adit/contracts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The policy of the first Go SDK as plain data: there, the configuration of an action is base64 of JSON (agent protocol, §11.1).
 *
 * @throws {AditError} 301: it is not.
 */
export function decodedPolicy(policy: Fields): Fields {
  return mapped(policy, ['inbound', 'outbound'], (rules) =>
    listOf(rules).map((rule) => mapped(rule, ['actions'], (actions) => listOf(actions).map(decodedAction))),
  );
}

function decodedAction(action: unknown): Fields {
  return mapped(action, ['config'], (config) => (typeof config === 'string' ? decodedConfig(config) : config));
}

function decodedConfig(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(Buffer.from(text, 'base64').toString());
  } catch (cause) {
    throw new AditError(301, 'Cannot open the endpoint: the configuration of an action is not base64 of JSON', {
      cause,
    });
  }
}

/** With another value for each of these keys, in any letter case. */
function mapped(value: unknown, keys: readonly string[], change: (value: unknown) => unknown): Fields {
  if (typeof value !== 'object' || value === null) throw malformed();
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, keys.includes(key.toLowerCase()) ? change(part) : part]),
  );
}

function listOf(value: unknown): readonly unknown[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw malformed();
  return value;
}

function malformed(): AditError {
  return new AditError(301, 'Cannot open the endpoint: its policy has not the form of one');
}
