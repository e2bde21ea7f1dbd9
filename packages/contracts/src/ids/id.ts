/**
 * Identifiers: `<prefix>_<27 base62 characters>` of 20 bytes: 6 of milliseconds, 2 of a counter, 12 random. So ids
 * of one process sort by age, which is what paging by `before_id` rests on (ngrok REST API v2, conventions).
 */
export const idPrefixes = {
  account: 'ac',
  user: 'usr',
  serviceUser: 'bot',
  credential: 'cr',
  apiKey: 'ak',
  endpoint: 'ep',
  accountRules: 'acr',
  agentIngress: 'agin',
  certificateAuthority: 'ca',
  eventDestination: 'ed',
  eventSubscription: 'esb',
  ipPolicy: 'ipp',
  ipPolicyRule: 'ipr',
  ipRestriction: 'ipx',
  reservedAddress: 'ra',
  reservedDomain: 'rd',
  secret: 'secret',
  sshCredential: 'sshcr',
  tlsCertificate: 'cert',
  vault: 'vault',
  httpsEdge: 'edghts',
  httpsEdgeRoute: 'edghtsrt',
  tcpEdge: 'edgtcp',
  tlsEdge: 'edgtls',
  failoverBackend: 'bkdfo',
  httpResponseBackend: 'bkdhr',
  staticBackend: 'bkdsc',
  tunnelGroupBackend: 'bkdtg',
  weightedBackend: 'bkdwd',
  agentSession: 'ts',
  tunnel: 'tn',
  auditEvent: 'ev',
  auditPerson: 'pn',
  operation: 'op',
  request: 'req',
} as const;

export type IdKind = keyof typeof idPrefixes;
export type Id<K extends IdKind = IdKind> = `${(typeof idPrefixes)[K]}_${string}`;

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idPattern = /^[a-z]+_[0-9A-Za-z]{27}$/;
const maxCounter = 0xffff;
let lastMs = 0;
let counter = 0;

/** Makes a new id. `nowMs` (milliseconds since 1970) is the caller's clock; ids made in one millisecond keep their order. */
export function newId<K extends IdKind>(kind: K, nowMs: number): Id<K> {
  if (nowMs > lastMs) [lastMs, counter] = [nowMs, 0];
  else if (counter < maxCounter) counter += 1;
  else [lastMs, counter] = [lastMs + 1, 0]; // More ids than a millisecond has room for borrow from the next one.
  const bytes = crypto.getRandomValues(new Uint8Array(20));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(lastMs / 2 ** 32));
  view.setUint32(2, lastMs % 2 ** 32);
  view.setUint16(6, counter);
  return `${idPrefixes[kind]}_${base62(view)}`;
}

/** True if `text` has the form of an id of that kind. Says nothing about existence. */
export function isId<K extends IdKind>(kind: K, text: string): text is Id<K> {
  return text.startsWith(`${idPrefixes[kind]}_`) && idPattern.test(text);
}

/** 20 bytes as 27 digits: long division by 62 over five 32-bit limbs: cheaper than BigInt, and made for requests too. */
function base62(view: DataView): string {
  const limbs = [0, 4, 8, 12, 16].map((offset) => view.getUint32(offset));
  let text = '';
  for (let i = 0; i < 27; i++) {
    let rest = 0;
    for (let limb = 0; limb < limbs.length; limb++) {
      const value = rest * 2 ** 32 + (limbs[limb] ?? 0);
      limbs[limb] = Math.floor(value / 62);
      rest = value % 62;
    }
    text = alphabet.charAt(rest) + text;
  }
  return text;
}
