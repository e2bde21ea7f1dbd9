/** What a field of a listed object holds. `id`: a string that is compared as a whole. `list`: of strings. */
export type FilterFieldType = 'id' | 'string' | 'timestamp' | 'int' | 'bool' | 'list';

/** The fields that a list can be filtered by: paths in the API's object, e.g. `principal.id`. None is part of another. */
export type FilterFields = Readonly<Record<string, FilterFieldType>>;

/** Those that objects have which callers make. */
export const usualFilterFields = {
  id: 'id',
  created_at: 'timestamp',
  description: 'string',
  metadata: 'string',
} as const satisfies FilterFields;
