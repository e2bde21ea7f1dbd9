import { z } from 'zod';
import { acl } from './credential.ts';
import { type ResourceContract, resource } from './resource.ts';

/** A public key with which OpenSSH may open endpoints. Data only for now: there is no SSH listener yet. */
export const sshCredentials: ResourceContract = resource({
  title: 'an SSH key',
  idKind: 'sshCredential',
  path: '/ssh_credentials',
  listKey: 'ssh_credentials',
  create: {
    public_key: z.string().max(16_384).describe('One line of a `.pub` file. Unique on this server. Cannot be changed.'),
    acl: acl.describe('What may be opened with it, as for authtokens. Default: no limit.'),
    owner_id: z
      .string()
      .nullish()
      .describe('The user it acts for. Default, and at present the only choice: the caller.'),
  },
  update: { acl: acl.describe('What may be opened with it, as for authtokens. Default: as it is.') },
  fields: {
    public_key: z.string().describe('The key: type, key and comment.'),
    acl: z.array(z.string()).describe('What may be opened with it. Empty: no limit.'),
    owner_id: z.string().describe('The user it acts for.'),
  },
  filterFields: { owner_id: 'id' },
});
