import { AditError } from '@adit/contracts';
import { isWildcard } from './address.ts';
import { canonicalName } from './canonical-name.ts';
import { isLabelText } from './labels.ts';
import { formatRequirement, parseRequirement, type Requirement } from './requirement.ts';

/**
 * What the agents of one credential may open, and what policies that must have. Whatever one of the rules allows is allowed; where
 * none allows anything, everything is. Each requirement must be met.
 */
export type Acl = readonly AclRule[];

type AclRule =
  /** `require:ACTION`, `require:ACTION {"setting":value}`. */
  | ({ readonly kind: 'require' } & Requirement)
  | { readonly kind: 'anything'; readonly text: '*' | 'bind:*' }
  /** `secrets:*`: policies of its agents may ask for secrets of the account. */
  | { readonly kind: 'secrets' }
  /** `bind:HOST`, `bind:*.HOST`, `bind:HOST:PORT`. Without port: every endpoint of the host. With one: that tcp address. */
  | { readonly kind: 'host'; readonly host: string; readonly port: number | null }
  /** `bind:K=V`. Null stands for any. */
  | { readonly kind: 'label'; readonly key: string | null; readonly value: string | null };

/** Far more than a credential that is limited to a few names needs. */
const maxRules = 100;
const maxRuleChars = 512;
/** Of all rules together, as they are kept: the server has them in memory for each agent. */
const maxAclBytes = 8 * 1024;
const maxPort = 65_535;

const prefix = 'bind:';
const requirePrefix = 'require:';
const any = '*';
const anyBind = 'bind:*';
const allSecrets = 'secrets:*';

/**
 * Reads the ACL of a credential. Hosts are whole names in any spelling: their case, a trailing dot and letters outside ASCII
 * make no difference. `bind:app` is the host `app`, not one below the server's domain.
 *
 * @throws {AditError} 600: too many rules, or one that is none. Names it.
 */
export function parseAcl(rules: readonly string[]): Acl {
  if (rules.length > maxRules)
    throw new AditError(600, `Cannot use ${rules.length} ACL rules: ${maxRules} are allowed`);
  return rules.map(parseRule);
}

/**
 * The rules as they are kept and shown: hosts in canonical form, each rule once. `parseAcl` reads them back.
 *
 * @throws {AditError} 600: together they are too long.
 */
export function formatAcl(acl: Acl): string[] {
  const rules = [...new Set(acl.map(formatRule))];
  if (Buffer.byteLength(rules.join('')) <= maxAclBytes) return rules;
  throw new AditError(600, `Cannot use the ACL rules: together they are longer than ${maxAclBytes} bytes`);
}

/** True: it does not limit what may be opened. */
export function isUnlimited(acl: Acl): boolean {
  return acl.some(({ kind }) => kind === 'anything') || !acl.some(({ kind }) => kind === 'host' || kind === 'label');
}

/** Whether policies of its agents may ask for secrets. A credential for certain addresses must have been allowed that, too. */
export function allowsSecrets(acl: Acl): boolean {
  return isUnlimited(acl) || acl.some(({ kind }) => kind === 'secrets');
}

function parseRule(rule: string): AclRule {
  if (rule.length > maxRuleChars) throw invalid(rule, `it is longer than ${maxRuleChars} characters`);
  if (rule === any || rule === anyBind) return { kind: 'anything', text: rule };
  if (rule.startsWith(requirePrefix)) {
    const required = parseRequirement(rule.slice(requirePrefix.length), (why) => invalid(rule, why));
    return { kind: 'require', ...required };
  }
  if (rule === allSecrets) return { kind: 'secrets' };
  if (!rule.startsWith(prefix))
    throw invalid(rule, `it is not "${allSecrets}", and does not begin with "${prefix}" or "${requirePrefix}"`);
  const what = rule.slice(prefix.length);
  return what.includes('=') ? parseLabelRule(rule, what) : parseHostRule(rule, what);
}

function parseLabelRule(rule: string, what: string): AclRule {
  const [key = '', value = '', ...more] = what.split('=');
  const isText = (text: string) => text === any || isLabelText(text);
  if (more.length > 0) throw invalid(rule, 'it has more than one "="');
  if (!isText(key) || !isText(value)) throw invalid(rule, 'a label is <key>=<value>, each of them "*" or plain text');
  return { kind: 'label', key: key === any ? null : key, value: value === any ? null : value };
}

function parseHostRule(rule: string, what: string): AclRule {
  const [name = '', digits, ...more] = what.split(':');
  const host = isWildcard(name) ? canonicalName(name.slice(2)) : canonicalName(name);
  if (more.length > 0 || host === undefined || what.includes('/')) throw invalid(rule, 'it names no host');
  if (digits === undefined) return { kind: 'host', host: isWildcard(name) ? `*.${host}` : host, port: null };
  if (isWildcard(name)) throw invalid(rule, 'a tcp address has one host; leave the port or the wildcard out');
  const isPort = /^[1-9][0-9]{0,4}$/.test(digits) && Number(digits) <= maxPort;
  if (!isPort) throw invalid(rule, `its port is not a number from 1 to ${maxPort}`);
  return { kind: 'host', host, port: Number(digits) };
}

function formatRule(rule: AclRule): string {
  if (rule.kind === 'anything') return rule.text;
  if (rule.kind === 'require') return `${requirePrefix}${formatRequirement(rule)}`;
  if (rule.kind === 'secrets') return allSecrets;
  if (rule.kind === 'label') return `${prefix}${rule.key ?? any}=${rule.value ?? any}`;
  return rule.port === null ? `${prefix}${rule.host}` : `${prefix}${rule.host}:${rule.port}`;
}

function invalid(rule: string, why: string): AditError {
  return new AditError(600, `Cannot use the ACL rule ${JSON.stringify(rule.slice(0, 100))}: ${why}`);
}
