import { z } from 'zod';
import { type IdKind, idPrefixes } from '../ids/id.ts';
import { type FilterFields, usualFilterFields } from './filter-fields.ts';
import { listFields } from './paging.ts';
import { text, timestamp } from './text.ts';

type Fields = Readonly<Record<string, z.ZodType>>;

/** A collection of objects that callers make, read, change and delete; all alike but for their own fields. */
export interface ResourceContract {
  /** One of them, as in a sentence: `an IP policy`. */
  readonly title: string;
  readonly idKind: IdKind;
  /** What the document of the API calls it, e.g. `IpPolicy`; names of operations are made from it. */
  readonly name: string;
  /** Of the collection, e.g. `/ip_policies`. */
  readonly path: string;
  /** Under which key a list has them. */
  readonly listKey: string;
  /** Body of `POST`. */
  readonly create: z.ZodObject;
  /** Body of `PATCH`: what is left out or null stays as it is. */
  readonly update: z.ZodObject;
  readonly object: z.ZodObject;
  readonly list: z.ZodObject;
  /** What lists can be filtered by. */
  readonly filterFields: FilterFields;
}

/**
 * @param options.create Fields of its own that `POST` takes, besides description and metadata.
 * @param options.update Those that `PATCH` takes; each must allow to be left out and to be null.
 * @param options.fields Those that it is shown with.
 */
export function resource(options: {
  title: string;
  idKind: IdKind;
  path: `/${string}`;
  listKey: string;
  create: Fields;
  update: Fields;
  fields: Fields;
  /** Of its own, what lists can be filtered by. */
  filterFields?: FilterFields;
}): ResourceContract {
  const { title, idKind, path, listKey } = options;
  const name = schemaName(idKind);
  const fields = z.object({
    id: z.string().describe(`Id of ${title} (\`${idPrefixes[idKind]}_…\`).`),
    uri: z.string().describe('Absolute URL of this object.'),
    created_at: timestamp().describe('When it was made (RFC 3339, UTC).'),
    updated_at: timestamp().describe('When it last changed (RFC 3339, UTC).'),
    description: z.string().describe('For people: what it is for.'),
    metadata: z.string().describe('For programs: opaque to the server.'),
    ...options.fields,
  });
  const object = fields.meta({ id: name });
  const create = z.strictObject({ ...texts('Default empty.'), ...options.create });
  const update = z.strictObject({ ...idOfPath, ...texts('Default: as it is.'), ...options.update });
  const list = z.object({ [listKey]: z.array(object).describe('Newest first.'), ...listFields });
  return {
    ...{ title, idKind, name, path, listKey, object },
    filterFields: { ...usualFilterFields, updated_at: 'timestamp', ...options.filterFields },
    create: create.meta({ id: `${name}Create` }),
    update: update.meta({ id: `${name}Update` }),
    list: list.meta({ id: `${name}List` }),
  };
}

/** What the document of the API calls its object; bodies and lists have names made from it. */
function schemaName(idKind: IdKind): string {
  return idKind.charAt(0).toUpperCase() + idKind.slice(1);
}

/** Some clients send the id of the path once more. */
export const idOfPath = {
  id: z.string().optional().describe('The id of the path, which some clients send once more.'),
};

function texts(absent: string): Fields {
  return {
    description: text(255).nullish().describe(`For people: what it is for. At most 255 bytes. ${absent}`),
    metadata: text(4096).nullish().describe(`For programs: opaque to the server. At most 4,096 bytes. ${absent}`),
  };
}
