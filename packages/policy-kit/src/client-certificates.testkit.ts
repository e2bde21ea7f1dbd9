// Visitors' certificates of every kind that must be told apart, and what is to become of each.

import { createPrivateKey } from 'node:crypto';
import {
  alternativeNames,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  makeRevocationList,
  makeX509,
  nameConstraints,
  rsaKey,
  unknownExtension,
  type Wanted,
} from './make-x509.testkit.ts';
import type { ClientCertificates } from './tls-demands.ts';

export interface ClientCertificateRow {
  /** Completes the sentence "a certificate …". */
  readonly title: string;
  readonly demands: Pick<ClientCertificates, 'authorities' | 'revocationLists'>;
  /** What the visitor sends: his own first, PEM. */
  readonly client: { readonly cert: string; readonly key: string };
  readonly isGood: boolean;
  /** True: it is good in a way that only TLS itself can tell, once. */
  readonly isIntricate?: boolean;
  /** True: what is wrong is the certificate's own kind, whoever is trusted. */
  readonly isOwnFault?: boolean;
}

const dayMs = 86_400_000;
const ca = [basicConstraints(true), keyUsage('certSign')];

/** All rows, made anew. */
export function clientCertificateRows(): ClientCertificateRow[] {
  return [...ownRows(), ...chainRows(), ...revocationRows()];
}

/** A root and a client signed by it. */
function pair(wanted: Wanted = {}, root = makeX509({ subject: 'root', extensions: ca })) {
  return { root, client: makeX509({ issuer: root, ...wanted }) };
}

function row(title: string, isGood: boolean, { root, client }: ReturnType<typeof pair>): ClientCertificateRow {
  return { title, demands: { authorities: root.cert, revocationLists: null }, client, isGood };
}

/** What is right or wrong with the certificate itself. */
function ownRows(): ClientCertificateRow[] {
  const nowMs = Date.now();
  const stranger = makeX509({ subject: 'root', extensions: ca });
  const known = pair();
  return [
    row('with the usage of clients', true, pair({ extensions: [extendedKeyUsage('clientAuth')] })),
    row('of the first version of X.509', true, pair({ extensions: 'version 1' })),
    row('without any usage', true, pair()),
    row('of RSA', true, pair({ key: rsaKey(2048) })),
    row('with an unknown extension that is not critical', true, pair({ extensions: [unknownExtension(false)] })),
    row('that has expired', false, pair({ notAfterMs: nowMs - 3_600_000 })),
    row('that is not yet valid', false, pair({ notBeforeMs: nowMs + 3_600_000 })),
    {
      ...row('with the usage of servers only', false, pair({ extensions: [extendedKeyUsage('serverAuth')] })),
      isOwnFault: true,
    },
    {
      ...row('whose key may only encrypt', false, pair({ extensions: [keyUsage('keyEncipherment')] })),
      isOwnFault: true,
    },
    {
      ...row('with an unknown extension that is critical', false, pair({ extensions: [unknownExtension(true)] })),
      isOwnFault: true,
    },
    { ...row('signed with SHA-1', false, pair({ hash: 'sha1' })), isOwnFault: true },
    { ...row('with a small RSA key', false, pair({ key: rsaKey(1024) })), isOwnFault: true },
    row('of another authority of the same name', false, { ...known, client: makeX509({ issuer: stranger }) }),
    row('signed by itself, with the name of the authority', false, { ...known, client: makeX509({ subject: 'root' }) }),
    row('of an authority that has expired', false, pair({}, expiredRoot(nowMs))),
  ];
}

function expiredRoot(nowMs: number) {
  return makeX509({ subject: 'root', extensions: ca, notBeforeMs: nowMs - 9 * dayMs, notAfterMs: nowMs - dayMs });
}

/** A root, authorities below it each signed by the one before, and a client of the last. */
function line(between: readonly Wanted[], options: { root?: Wanted; client?: Wanted } = {}) {
  const root = makeX509({ subject: 'root', extensions: ca, ...options.root });
  const authorities = [root];
  for (const [i, wanted] of between.entries()) {
    authorities.push(makeX509({ subject: `between ${i}`, issuer: authorities[i]!, extensions: ca, ...wanted }));
  }
  const client = makeX509({ issuer: authorities.at(-1)!, ...options.client });
  const sent = [client, ...authorities.slice(1).reverse()].map(({ cert }) => cert).join('');
  return { root, authorities, client: { ...client, cert: sent }, own: client };
}

/** What is right or wrong with the way from it to an authority. */
function chainRows(): ClientCertificateRow[] {
  const one = line([{}]);
  const intermediate = one.authorities[1]!;
  const bare = { ...one, client: one.own };
  const nowMs = Date.now();
  const names = (name: string) =>
    line([{ extensions: [...ca, nameConstraints('example.com')] }], {
      client: { extensions: [alternativeNames(`dns:${name}`)] },
    });
  return [
    { ...row('that brings the authority between', true, one), isIntricate: true },
    row('that does not bring it', false, bare),
    {
      ...row('whose authority between is trusted beside the root', true, bare),
      demands: trusting(one.root, intermediate),
    },
    { ...row('whose authority between alone is trusted', true, bare), demands: trusting(intermediate) },
    { ...row('that brings five authorities', true, line(Array.from({ length: 5 }, () => ({})))), isIntricate: true },
    { ...row('that brings twelve authorities', true, line(Array.from({ length: 12 }, () => ({})))), isIntricate: true },
    {
      ...row('within the path length of the root', true, line([{}], { root: { extensions: [...withPathLength(1)] } })),
      isIntricate: true,
    },
    row('beyond the path length of the root', false, line([{}], { root: { extensions: [...withPathLength(0)] } })),
    row('whose authority between is no authority', false, line([{ extensions: [] }])),
    row('whose authority between says that it is none', false, line([{ extensions: [basicConstraints(false)] }])),
    row('whose authority between is of the first version', false, line([{ extensions: 'version 1' }])),
    row(
      'whose authority between may not sign',
      false,
      line([{ extensions: [basicConstraints(true), keyUsage('digitalSignature')] }]),
    ),
    row('whose authority between has expired', false, line([{ notAfterMs: nowMs - 1_000 }])),
    row(
      'whose authority between is for servers only',
      false,
      line([{ extensions: [...ca, extendedKeyUsage('serverAuth')] }]),
    ),
    { ...row('within the names that its authority may sign for', true, names('a.example.com')), isIntricate: true },
    row('beyond the names that its authority may sign for', false, names('a.example.net')),
  ];
}

function withPathLength(pathLength: number): Buffer[] {
  return [basicConstraints(true, pathLength), keyUsage('certSign')];
}

function trusting(...authorities: readonly { cert: string }[]) {
  return { authorities: authorities.map(({ cert }) => cert).join(''), revocationLists: null };
}

/** What revocation lists say of it. */
function revocationRows(): ClientCertificateRow[] {
  const { root, client } = pair({ serial: '0102' });
  const stranger = makeX509({ subject: 'root', extensions: ca });
  const below = line([{ serial: '0a0b' }], { client: { serial: '0102' } });
  const nowMs = Date.now();
  const listed = (title: string, isGood: boolean, revocationLists: string): ClientCertificateRow => ({
    ...row(title, isGood, { root, client }),
    demands: { authorities: root.cert, revocationLists },
  });
  const listedBelow = (title: string, isGood: boolean, ...lists: readonly string[]): ClientCertificateRow => ({
    ...row(title, isGood, below),
    demands: { authorities: below.root.cert + below.authorities[1]!.cert, revocationLists: lists.join('') },
  });
  const ofRoot = makeRevocationList({ issuer: below.root, revoked: [] });
  const ofBetween = makeRevocationList({ issuer: below.authorities[1]!, revoked: [] });
  const earlier = (issuer: typeof root, revoked: readonly string[]) =>
    makeRevocationList({ issuer, revoked, thisUpdateMs: nowMs - 2 * dayMs });
  const old = expiredRoot(nowMs);
  const renewed = makeX509({ subject: 'root', extensions: ca, key: createPrivateKey(old.key) });
  return [
    {
      ...row('whose authority was renewed with the same key', true, pair({}, old)),
      demands: {
        authorities: old.cert + renewed.cert,
        revocationLists: makeRevocationList({ issuer: old, revoked: ['0103'] }),
      },
    },
    listed('that no list names', true, makeRevocationList({ issuer: root, revoked: ['0103'] })),
    listed('whose authority revoked nothing', true, makeRevocationList({ issuer: root, revoked: [] })),
    listed('that was revoked', false, makeRevocationList({ issuer: root, revoked: ['0103', '0102'] })),
    listed('whose list is over', false, makeRevocationList({ issuer: root, revoked: [], nextUpdateMs: nowMs - 1_000 })),
    listed(
      'whose list is not yet valid',
      false,
      makeRevocationList({ issuer: root, revoked: [], thisUpdateMs: nowMs + dayMs / 2 }),
    ),
    listed(
      'that the earlier of two lists names',
      false,
      earlier(root, ['0102']) + makeRevocationList({ issuer: root, revoked: ['0103'] }),
    ),
    listed(
      'that the earlier of two lists names, behind the other',
      false,
      makeRevocationList({ issuer: root, revoked: [] }) + earlier(root, ['0102']),
    ),
    listed(
      'that none of two lists names',
      true,
      makeRevocationList({ issuer: root, revoked: [] }) + earlier(root, ['0103']),
    ),
    listedBelow(
      'of an authority that the earlier of two lists names',
      false,
      ofRoot,
      earlier(below.root, ['0a0b']),
      ofBetween,
    ),
    listed('whose list is by another of that name', false, makeRevocationList({ issuer: stranger, revoked: [] })),
    listedBelow('of two authorities with a list each', true, ofRoot, ofBetween),
    listedBelow('of two authorities, one without a list', false, ofBetween),
    listedBelow(
      'of an authority that was revoked',
      false,
      makeRevocationList({ issuer: below.root, revoked: ['0a0b'] }),
      ofBetween,
    ),
  ];
}
