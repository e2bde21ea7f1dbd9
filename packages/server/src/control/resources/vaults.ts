import * as contract from '@adit/contracts/api';
import type { UserId } from '../../domain/entities.ts';
import { isTaken, type Resource } from './resource.ts';

export interface VaultBody {
  readonly name: string;
  readonly createdBy: UserId;
  readonly updatedBy: UserId;
}

export const vaults: Resource<{ name?: string }, VaultBody> = {
  kind: 'vault',
  // Nobody means to lose secrets by tidying up.
  isKeptByChildren: true,
  contract: contract.vaults,
  draft({ name = '' }, { principal: { accountId, userId }, previous }) {
    const body = {
      name: name || (previous?.body.name ?? ''),
      createdBy: previous?.body.createdBy ?? userId,
      updatedBy: userId,
    };
    const refuse = () => isTaken(`the name "${body.name}"`);
    return { body, claims: [{ space: `vault ${accountId}`, name: body.name, refuse }] };
  },
  show: ({ body }) => ({ name: body.name, created_by: body.createdBy, last_updated_by: body.updatedBy }),
};
