// All a policy module may know: what it decides on, what it may answer, the shape of a module. Not the edge, not the server.

export { type AddressBook, type AddressFact, type AddressFacts, emptyAddressBook } from './address-facts.ts';
export { allowOrDeny } from './allow-or-deny.ts';
export { forgetContent, tellsOfContent } from './changed-content.ts';
export { contentDecoders } from './content-coding.ts';
export type {
  ConnectContext,
  EventContext,
  Outcome,
  RequestContext,
  ResponseContext,
  StreamContext,
} from './context.ts';
export {
  type Close,
  type Continue,
  type Decision,
  type Denial,
  type InternalTarget,
  proceed,
  type Reason,
  type Reroute,
  type Response,
} from './decision.ts';
export { decompressed } from './decompressed.ts';
export {
  type AccountAuthority,
  definePolicy,
  type IpRules,
  type OutgoingAnswer,
  type Policy,
  type PolicyHost,
  type PolicyModule,
  recheckRequest,
} from './define-policy.ts';
export type { Expression, Pattern, ResultShape, ResultType, Template } from './expressions.ts';
export type { ClientHelloFacts, ConnectFacts, EndpointFacts, TlsFacts } from './facts.ts';
export { fetchBriefly } from './fetch-briefly.ts';
export { HeaderFields } from './header-fields.ts';
export { checkedHeaderName, comparableHeader, isHeaderName, isHeaderValue, reservedHeader } from './header-rules.ts';
export { asksForWebSocket, type PolicyEvent, type PolicyRequest, type PolicyResponse } from './messages.ts';
export { type Phase, phases } from './phase.ts';
export { type Replaced, Replacements, replacementList, replacementResults } from './replacements.ts';
export { Slots } from './slots.ts';
export { type TextCodec, textCodec } from './text-codec.ts';
export type { ClientCertificates, TlsDemands } from './tls-demands.ts';
export { childrenOf, readDer, readExtensions } from './x509/der.ts';
export { isIssuedBy } from './x509/is-issued-by.ts';
export { type ListInPem, listsByAuthority, readRevocationLists } from './x509/read-revocation-lists.ts';
export { normalSerial, type RevocationList } from './x509/revocation-list.ts';
export { hashOf } from './x509/signature-algorithm.ts';
