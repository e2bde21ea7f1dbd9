import { AditError, type Id } from '@adit/contracts';
import type { ResourceContract } from '@adit/contracts/api';
import type { EndpointAddress } from '../../domain/address.ts';
import type { Claim, Document, DocumentId, DocumentKind } from '../../domain/document.ts';
import type { ManagedCertificate } from '../../domain/managed-certificates.ts';
import type { Principal } from '../../domain/principal.ts';
import type { PublicNames } from '../../domain/public-names.ts';
import type { StoreTransaction } from '../../domain/store.ts';
import type { ControlDeps } from '../control-deps.ts';

/** A kind of document as the API offers it. One file each; the list is in resources.ts. */
export interface Resource<Input = never, Body extends object = never> {
  readonly kind: DocumentKind;
  readonly contract: ResourceContract;
  /** True: it is not deleted while others belong to it. Default: they go with it. */
  readonly isKeptByChildren?: true;
  /**
   * What takes long or waits for something else than the store, done before the transaction: the input as `draft` wants it.
   *
   * @throws {AditError} What the contract cannot say is wrong.
   */
  prepare?(input: Input, context: PrepareContext<Body>): Promise<Input>;
  /** Default 10,000. */
  readonly maxPerAccount?: number;
  /**
   * What shall be kept, of a body that keeps to the contract: of `POST` all of it, of `PATCH` what is to change.
   *
   * @throws {AditError} What the contract cannot say is wrong.
   */
  draft(input: Input, context: DraftContext<Body>): Draft<Body> | Promise<Draft<Body>>;
  /** Its own fields, as the contract has them. */
  show(document: ShownDocument<Body>, links: ShowContext): object;
  /** Documents that belong to it and are shown with it. Default: none. */
  readonly shownChildren?: DocumentKind;
}

export interface ShownDocument<Body extends object = object> extends Document<Body> {
  /** What belongs to it, newest first; set where its kind shows them. */
  readonly children?: readonly Document[];
}

export interface DraftContext<Body extends object> {
  readonly principal: Principal;
  readonly names: PublicNames;
  readonly tx: Pick<StoreTransaction, 'findClaim' | 'findDocument' | 'countClaims' | 'hasOthersClaim' | 'nowMs'>;
  /** See `ControlDeps`. */
  readonly whyNeverMet: ControlDeps['whyNeverMet'];
  /** Undefined: it is being made. */
  readonly previous: Document<Body> | undefined;
  /**
   * A document of the account that the input names in `field`.
   *
   * @throws {AditError} 215: there is none.
   */
  find(kind: DocumentKind, id: string, field: string): Promise<Document>;
}

export interface PrepareContext<Body extends object>
  extends Pick<ControlDeps, 'readCertificate' | 'readAuthority' | 'checkPolicy'> {
  readonly principal: Principal;
  /** Undefined: it is being made, or not there. */
  readonly previous: Document<Body> | undefined;
}

export interface Draft<Body extends object> {
  readonly body: Body;
  /** What only the server may read. Default: none, or what it was. */
  readonly secret?: Uint8Array;
  /** Default: none, or what it was. */
  readonly parentId?: DocumentId;
  /** Default: none. */
  readonly references?: readonly DocumentId[];
  /** Default: none. */
  readonly claims?: readonly DraftClaim[];
}

export interface DraftClaim extends Claim {
  /** What to say when another document has it. */
  refuse(): AditError;
}

export interface ShowContext {
  /** The server's. */
  readonly domain: string;
  /** What the server gets itself for a host; undefined: nothing, or not yet. */
  managedCertificateOf(host: string): ManagedCertificate | undefined;
  /** As people see an endpoint's address. */
  urlOf(address: EndpointAddress): string;
  /** See `ControlDeps`. */
  readonly whyOffline: ControlDeps['whyOffline'];
  /** Tunnels that are online by agents and have all of these labels. */
  tunnelsWith(accountId: Id<'account'>, labels: Readonly<Record<string, string>>): readonly Id<'tunnel'>[];
  /** Another document, as it is shown itself. */
  showOther(document: Document): Record<string, unknown>;
  /** Points at a tunnel. */
  referTunnel(id: Id<'tunnel'>): { id: string; uri: string };
  /** Points at another document. */
  refer(kind: DocumentKind, id: DocumentId): { id: string; uri: string };
}

/** A resource where nobody needs to know whose input and body are whose: only its own functions look into them. */
export type AnyResource = Resource<Readonly<Record<string, unknown>>, object>;

/** Hides the types of input and body, which the contract and the store vouch for. */
export function anyResource<Input, Body extends object>(resource: Resource<Input, Body>): AnyResource {
  return resource as unknown as AnyResource;
}

export function isTaken(what: string): AditError {
  return new AditError(9109, `Cannot have ${what}: another object of the account has it`);
}
