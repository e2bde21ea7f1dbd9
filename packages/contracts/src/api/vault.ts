import { z } from 'zod';
import { type ResourceContract, resource } from './resource.ts';
import { text } from './text.ts';

const name = text(255).min(1);

/** A named place for secrets. */
export const vaults: ResourceContract = resource({
  title: 'a vault',
  idKind: 'vault',
  path: '/vaults',
  listKey: 'vaults',
  create: { name: name.describe('What policies call it. Unique in the account. At most 255 bytes.') },
  update: { name: name.nullish().describe('Another name. Default: as it is.') },
  fields: {
    name: z.string().describe('What policies call it.'),
    created_by: z.string().describe('Id of the user who made it.'),
    last_updated_by: z.string().describe('Id of the user who changed it last.'),
  },
  filterFields: { name: 'string' },
});
