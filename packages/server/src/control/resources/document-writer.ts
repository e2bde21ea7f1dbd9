import { AditError, isId, newId } from '@adit/contracts';
import { authorize, type DocumentAction, missing } from '../../domain/authorize.ts';
import type { Document, DocumentId, DocumentLinks } from '../../domain/document.ts';
import type { Principal } from '../../domain/principal.ts';
import type { StoreTransaction } from '../../domain/store.ts';
import type { ControlDeps } from '../control-deps.ts';
import { onlyOnce, type RequestFacts } from '../idempotency.ts';
import { writeAs } from '../write-as.ts';
import { refuseLockout } from './refuse-lockout.ts';
import type { AnyResource, Draft, DraftContext } from './resource.ts';

/** Per account, where a kind does not say less. */
const usualMaxPerAccount = 10_000;
const shownReferrers = 5;

export type Input = Readonly<Record<string, unknown>>;

export type WriterDeps = Pick<
  ControlDeps,
  'store' | 'bus' | 'names' | 'digest' | 'readCertificate' | 'readAuthority' | 'checkPolicy' | 'whyNeverMet'
>;

/** Which document is to change, if it still is as the caller knows it. */
export interface Target {
  readonly id: DocumentId;
  isExpected(document: Document): boolean;
}

/** A change of one document. */
export interface Replacement<T> {
  /** What takes long, before the transaction. */
  prepare(): Promise<T>;
  draft(prepared: T, context: DraftContext<object>): Draft<object> | Promise<Draft<object>>;
  /** With new texts for people and programs, if there are such. */
  readonly input?: Input;
}

/**
 * Changes one kind of document for one principal: each change with its authorisation and audit record in one transaction, and
 * a notice when it is durable. All throw 203: the caller's key was revoked meanwhile.
 */
export class DocumentWriter {
  readonly #deps: WriterDeps;
  readonly #principal: Principal;
  readonly #resource: AnyResource;

  constructor(deps: WriterDeps, principal: Principal, resource: AnyResource) {
    this.#deps = deps;
    this.#principal = principal;
    this.#resource = resource;
  }

  /**
   * For a repetition of `request` answers what the first one made.
   *
   * @throws {AditError} 9100: not allowed. 9110: too many. 9107, 9111: see `onlyOnce`. What `draft` and its claims throw.
   */
  async create(asked: Input, request: RequestFacts): Promise<Document> {
    const { accountId } = this.#principal;
    const { kind } = this.#resource;
    this.#authorize('create');
    const input = await this.#prepared(asked);
    return await this.#write(async (tx) => {
      const find = (id: string) => tx.findDocument({ accountId, kind, id: id as DocumentId });
      return await onlyOnce(tx, { principal: this.#principal, request, digest: this.#deps.digest, find }, () =>
        this.#insert(tx, input),
      );
    });
  }

  /** @throws {AditError} 9101: it is not there, or not for this principal to know about. 9106: not as expected. As `create`. */
  async update(target: Target, input: Input): Promise<Document> {
    return await this.replace(target, {
      prepare: () => this.#prepared(input, target.id),
      draft: (prepared, context) => this.#resource.draft(prepared, context),
      input,
    });
  }

  /** Changes it by other rules than those of its API input. Throws as `update`. */
  async replace<T>(target: Target, { prepare, draft: makeDraft, input = {} }: Replacement<T>): Promise<Document> {
    this.#authorize('update');
    const prepared = await prepare();
    return await this.#write(async (tx) => {
      const previous = await this.#find(tx, target);
      const draft = await makeDraft(prepared, this.#contextOf(tx, previous));
      const document = {
        ...{ ...previous, body: draft.body, parentId: draft.parentId ?? previous.parentId },
        ...textsOf(input, previous),
        ...{ updatedAtMs: tx.nowMs, revision: previous.revision + 1 },
      };
      await tx.updateDocument(document, await linksOf(tx, previous.id, draft));
      if (draft.secret) await tx.putSecret(document, draft.secret);
      await this.#audit(tx, document, 'update');
      return document;
    });
  }

  /** Deletes it with what belongs to it. @throws {AditError} 9101, 9106: as `update`. 9108: others need it. */
  async delete(target: Target): Promise<void> {
    this.#authorize('delete');
    await this.#write(async (tx) => {
      const document = await this.#find(tx, target);
      if (this.#resource.isKeptByChildren && (await tx.hasChildren(document))) {
        throw new AditError(9108, `Cannot delete ${this.#resource.contract.title}: there is something in it`);
      }
      const referrers = await tx.findReferrers(document, shownReferrers);
      if (referrers.length > 0) {
        const message = `Cannot delete ${this.#resource.contract.title}: ${referrers.join(', ')} refer to it`;
        throw new AditError(9108, message, { details: { referrers } });
      }
      await tx.deleteDocument(document);
      await this.#audit(tx, document, 'delete');
      return document;
    });
  }

  async #write(change: (tx: StoreTransaction) => Promise<Document>): Promise<Document> {
    const document = await writeAs(this.#deps.store, this.#principal, async (tx) => {
      const changed = await change(tx);
      await refuseLockout(tx, this.#principal, this.#resource.kind);
      return changed;
    });
    const { accountId, kind, id } = document;
    this.#deps.bus.publish({ type: 'document-changed', accountId, kind, id });
    return document;
  }

  async #insert(tx: StoreTransaction, input: Input): Promise<Document> {
    const { accountId } = this.#principal;
    const { kind, contract, maxPerAccount = usualMaxPerAccount } = this.#resource;
    if ((await tx.countDocuments({ accountId, kind })) >= maxPerAccount) {
      throw new AditError(9110, `Cannot make ${contract.title}: the account has ${maxPerAccount}`);
    }
    const draft = await this.#resource.draft(input, this.#contextOf(tx, undefined));
    const id = newId(kind, tx.nowMs);
    const document: Document = {
      ...{ accountId, kind, id, parentId: draft.parentId ?? null, body: draft.body },
      ...textsOf(input, { description: '', metadata: '' }),
      ...{ createdAtMs: tx.nowMs, updatedAtMs: tx.nowMs, revision: 1 },
    };
    await tx.insertDocument(document, await linksOf(tx, id, draft));
    if (draft.secret) await tx.putSecret(document, draft.secret);
    await this.#audit(tx, document, 'create');
    return document;
  }

  async #prepared(input: Input, id?: DocumentId): Promise<Input> {
    if (!this.#resource.prepare) return input;
    const { accountId } = this.#principal;
    const previous = id && (await this.#deps.store.findDocument({ accountId, kind: this.#resource.kind, id }));
    return await this.#resource.prepare(input, { ...this.#deps, principal: this.#principal, previous });
  }

  async #find(tx: StoreTransaction, { id, isExpected }: Target): Promise<Document> {
    const { accountId } = this.#principal;
    const document = await tx.findDocument({ accountId, kind: this.#resource.kind, id });
    if (!document) throw missing();
    if (!isExpected(document)) throw new AditError(9106);
    return document;
  }

  #authorize(verb: 'create' | 'update' | 'delete'): void {
    const action: DocumentAction = `${this.#resource.kind}.${verb}`;
    authorize(this.#principal, action, { accountId: this.#principal.accountId, ownerId: null });
  }

  #contextOf(tx: StoreTransaction, previous: Document | undefined): DraftContext<object> {
    const { accountId } = this.#principal;
    return {
      ...{ principal: this.#principal, names: this.#deps.names, whyNeverMet: this.#deps.whyNeverMet, tx, previous },
      async find(kind, id, field) {
        // Not every store can be asked for a text that is no id.
        const document = isId(kind, id) ? await tx.findDocument({ accountId, kind, id }) : undefined;
        if (!document) throw new AditError(215, `Cannot read the body: "${field}" names no object of the account`);
        return document;
      },
    };
  }

  async #audit(tx: StoreTransaction, { accountId, id, kind, revision }: Document, verb: string): Promise<void> {
    const action = `${kind}.${verb}`;
    await tx.appendAudit({ accountId, actor: this.#principal, action, resourceId: id, details: { revision } });
  }
}

/** @throws What a claim says when another document has it. */
async function linksOf(tx: StoreTransaction, id: DocumentId, draft: Draft<object>): Promise<DocumentLinks> {
  const { references = [], claims = [] } = draft;
  for (const claim of claims) {
    const holder = await tx.findClaim(claim);
    if (holder && holder.documentId !== id) throw claim.refuse();
  }
  return { references, claims };
}

function textsOf(input: Input, before: Pick<Document, 'description' | 'metadata'>) {
  const { description = before.description, metadata = before.metadata } = input as Partial<typeof before>;
  return { description, metadata };
}
