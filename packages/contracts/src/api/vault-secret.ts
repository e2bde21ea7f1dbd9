import { z } from 'zod';
import { reference } from './reference.ts';
import { type ResourceContract, resource } from './resource.ts';
import { text } from './text.ts';

const name = text(255).min(1);
const value = text(65_536).meta({ isSecret: true });
const whoever = z.object({
  id: z.string().describe('Id of the user.'),
  uri: z.string().describe('Always empty: users have no operation of their own yet.'),
});

/** A secret in a vault. What it is can be written, and never read. */
export const vaultSecrets: ResourceContract = resource({
  title: 'a secret',
  idKind: 'secret',
  path: '/vault_secrets',
  listKey: 'secrets',
  create: {
    name: name.describe('What policies call it. Unique in its vault. At most 255 bytes.'),
    value: value.describe('The secret itself, at most 64 KiB. It is kept encrypted, and never shown.'),
    vault_id: z.string().describe('The vault that it is in. Cannot be changed.'),
  },
  update: {
    name: name.nullish().describe('Another name. Default: as it is.'),
    value: value.nullish().describe('Another value. Default: as it is.'),
  },
  fields: {
    name: z.string().describe('What policies call it.'),
    vault: reference.describe('The vault that it is in.'),
    created_by: whoever.describe('Who made it.'),
    last_updated_by: whoever.describe('Who changed it last.'),
  },
  filterFields: { name: 'string', 'vault.id': 'id' },
});
