import * as contract from '@adit/contracts/api';
import type { DocumentId } from '../../domain/document.ts';
import type { UserId } from '../../domain/entities.ts';
import { isTaken, type Resource } from './resource.ts';

export interface SecretBody {
  readonly name: string;
  readonly vaultId: DocumentId;
  readonly createdBy: UserId;
  readonly updatedBy: UserId;
}

interface SecretInput {
  readonly name?: string;
  readonly value?: string;
  readonly vault_id?: string;
}

export const vaultSecrets: Resource<SecretInput, SecretBody> = {
  kind: 'secret',
  contract: contract.vaultSecrets,
  async draft({ name, value, vault_id = '' }, { principal: { userId }, previous, find }) {
    const vaultId = previous?.body.vaultId ?? (await find('vault', vault_id, 'vault_id')).id;
    const body = {
      ...{ name: name ?? previous?.body.name ?? '', vaultId },
      ...{ createdBy: previous?.body.createdBy ?? userId, updatedBy: userId },
    };
    const claim = { space: `secrets of ${vaultId}`, name: body.name, refuse: () => isTaken(`the name "${body.name}"`) };
    const secret = value === undefined ? {} : { secret: Buffer.from(value) };
    return { body, parentId: vaultId, claims: [claim], ...secret };
  },
  show: ({ body }, { refer }) => ({
    name: body.name,
    vault: refer('vault', body.vaultId),
    created_by: { id: body.createdBy, uri: '' },
    last_updated_by: { id: body.updatedBy, uri: '' },
  }),
};
