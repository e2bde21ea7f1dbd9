import type { FilterFields } from '@adit/contracts/api';

/** One field of each type and two with dots. */
export const sampleFields: FilterFields = {
  id: 'id',
  created_at: 'timestamp',
  description: 'string',
  pooling_enabled: 'bool',
  port: 'int',
  bindings: 'list',
  'principal.id': 'id',
  'principal.name': 'string',
};

export const nowMs = Date.UTC(2026, 0, 31, 12);
