import { AditError } from '@adit/contracts';
import * as contract from '@adit/contracts/api';
import type { UserId } from '../../domain/entities.ts';
import { checkedAcl } from '../checked-acl.ts';
import { parseSshPublicKey } from '../ssh/ssh-public-key.ts';
import type { Resource } from './resource.ts';

interface SshBody {
  /** The line in its one form. */
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly acl: readonly string[];
  readonly ownerId: UserId;
}

interface SshInput {
  readonly public_key?: string;
  readonly acl?: readonly string[];
  readonly owner_id?: string;
}

export const sshCredentials: Resource<SshInput, SshBody> = {
  kind: 'sshCredential',
  contract: contract.sshCredentials,
  draft({ public_key = '', acl, owner_id }, { principal: { userId }, previous, whyNeverMet }) {
    // A key in another's name would let its maker in as somebody else.
    if (owner_id !== undefined && owner_id !== userId) throw new AditError(9100);
    const key = previous?.body ?? newKey(public_key, userId);
    const body = { ...key, acl: acl === undefined ? key.acl : checkedAcl(acl, whyNeverMet) };
    const refuse = () => new AditError(9109, 'Cannot use the SSH public key: it is known to this server already');
    return { body, claims: [{ space: 'ssh key', name: body.fingerprint, refuse }] };
  },
  show: ({ body: { publicKey, acl, ownerId } }) => ({ public_key: publicKey, acl: [...acl], owner_id: ownerId }),
};

function newKey(text: string, ownerId: UserId): SshBody {
  const { line, fingerprint } = parseSshPublicKey(text);
  return { publicKey: line, fingerprint, acl: [], ownerId };
}
