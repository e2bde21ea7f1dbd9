import type { ConnectFacts, TlsFacts } from '@adit/policy-kit';
import { internalSuffix } from '../domain/address.ts';
import { type EndpointScheme, hasHttp } from '../domain/endpoint.ts';
import type { AskedVisitor, Explanation } from '../domain/explanation.ts';
import { type AskedHead, readAskedHead } from '../edge/http/forward/asked-head.ts';
import { isTarget } from '../edge/http/forward/target.ts';
import { defaultHttpLimits } from '../edge/http/http-limits.ts';
import { defaultRawLimits } from '../edge/raw/raw-limits.ts';
import { type EdgeRules, type ExplainedPlace, explainVisit } from '../policy/explain/explain-visit.ts';

/** How the edge would meet the visitor. */
export interface Meeting {
  /** This server ends his TLS. */
  readonly isTlsEnded: boolean;
  /** The option of the server. */
  readonly sendsForwarded: boolean;
  readonly nowMs: number;
}

/** An endpoint that is not there yet. */
export function newPlace(scheme: EndpointScheme, authority: string): Omit<ExplainedPlace, 'chain'> {
  const [name = '', port = scheme === 'http' ? '80' : '443'] = authority.split(':');
  const host = name.toLowerCase();
  const endpoint = { id: '', url: `${scheme}://${authority}`, scheme, host, port: Number(port) };
  return { endpoint, isInternal: host.endsWith(internalSuffix), isPooled: false, hasService: true, hostHeader: null };
}

/** What would become of a visitor: as the edge would hand him to policies, and by its rules. @throws As `readAskedHead`. */
export async function explainVisitor(
  asked: AskedVisitor,
  place: ExplainedPlace,
  meeting: Meeting,
): Promise<Explanation> {
  const { scheme } = place.endpoint;
  const { nowMs, sendsForwarded } = meeting;
  const connection = connectionOf(asked, place, meeting);
  if (!hasHttp(scheme)) {
    const { maxForwards } = defaultRawLimits;
    return await explainVisit(place, { connection, request: null }, { maxForwards, refusalOf: () => undefined });
  }
  const { hostHeader } = place;
  const head = readAskedHead(asked, { connection, scheme, sendsForwarded, hostHeader, nowMs });
  const request = { ...head, scheme, body: asked.request.body, nowMs };
  return await explainVisit(place, { connection, request }, rulesOf(head));
}

function rulesOf({ openingProblem }: AskedHead): EdgeRules {
  const { maxForwards } = defaultHttpLimits;
  const refusalOf: EdgeRules['refusalOf'] = ({ target, isUnwrapped }) => {
    if (isUnwrapped) return openingProblem;
    return isTarget(target) ? undefined : 9004;
  };
  return { maxForwards, refusalOf };
}

/** Documentation addresses (RFC 5737) where nothing else is known. */
function connectionOf({ clientIp, authority }: AskedVisitor, place: ExplainedPlace, meeting: Meeting): ConnectFacts {
  const { scheme, port } = place.endpoint;
  const hasName = scheme === 'https' || scheme === 'tls';
  return {
    ...{ clientIp, clientPort: 50_000, serverIp: '192.0.2.1', serverPort: port, startedAtMs: meeting.nowMs },
    serverName: hasName ? authority.replace(/:\d+$/, '').toLowerCase() : null,
    // What his program would tell to begin TLS is not known.
    ...(hasName && { clientHello: { ja4: '' } }),
    ...(meeting.isTlsEnded && { tls: tlsOf(place) }),
  };
}

/** The newest version that the endpoint takes. Nobody can be asked to prove who he is, so there is no certificate. */
function tlsOf({ chain: { tls }, endpoint: { scheme } }: ExplainedPlace): TlsFacts {
  const version = tls?.maxVersion ?? 'TLSv1.3';
  return {
    ...{ version, alpn: scheme === 'https' ? 'http/1.1' : '' },
    cipherSuite: version === 'TLSv1.3' ? 'TLS_AES_256_GCM_SHA384' : 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
    ...{ clientCertificate: null, isClientVerified: false, checkedAgainst: tls?.clients ?? null },
  };
}
