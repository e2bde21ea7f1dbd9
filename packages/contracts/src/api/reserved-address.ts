import { z } from 'zod';
import { type ResourceContract, resource } from './resource.ts';

/** A port of the server that is the account's, whether a tcp endpoint is online there or not. */
export const reservedAddresses: ResourceContract = resource({
  title: 'a reserved address',
  idKind: 'reservedAddress',
  path: '/reserved_addrs',
  listKey: 'reserved_addrs',
  create: { region: z.string().max(0).nullish().describe('Only empty: one server is one place.') },
  update: {},
  fields: {
    addr: z.string().describe('`host:port`, which the server chose.'),
    region: z.string().describe('Always empty: one server is one place.'),
  },
  filterFields: { addr: 'string', region: 'string' },
});
