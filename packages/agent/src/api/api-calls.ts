import type { ApiDocument, ApiMethod, ApiOperation, ApiResponse, ApiSchema } from '@adit/contracts';

/** One operation of the API, in the words of the command line. */
export interface ApiCall {
  /** e.g. `ip-policies`. */
  readonly resource: string;
  /** e.g. `list`, `stop`. */
  readonly verb: string;
  readonly method: ApiMethod;
  /** e.g. `/ip_policies/{id}`. */
  readonly path: string;
  readonly operation: ApiOperation;
  /** For a list: under which key its answer has the objects. */
  readonly listKey: string | undefined;
}

const methodVerbs = { get: 'get', post: 'create', put: 'set', patch: 'update', delete: 'delete' } as const;

/**
 * The operations that take a key, as commands. What stands before the first parameter of a path is the resource; behind it
 * stands what is done with it (`/tunnel_sessions/{id}/stop`), or a part, of which a method says more.
 */
export function apiCalls(document: ApiDocument): ApiCall[] {
  const calls = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => draftCall(document, { path, method, operation })),
  );
  const keyed = calls.filter(({ operation }) => operation.security === undefined);
  return keyed.map(({ tail, methodVerb, ...call }) => {
    const isAlone = keyed.filter((other) => other.resource === call.resource && other.tail === tail).length === 1;
    return { ...call, verb: tail === '' ? methodVerb : isAlone ? tail : `${methodVerb}-${tail}` };
  });
}

function draftCall(
  document: ApiDocument,
  { path, method, operation }: { path: string; method: string; operation: ApiOperation },
) {
  const segments = path.split('/').slice(1);
  const parameter = segments.findIndex((segment) => segment.startsWith('{'));
  const end = parameter < 0 ? segments.length : parameter;
  const listKey = listKeyOf(document, operation);
  const methodVerb = listKey === undefined ? methodVerbs[method as ApiMethod] : 'list';
  return {
    ...{ resource: inWords(segments.slice(0, end)) || 'root', tail: inWords(segments.slice(end)), methodVerb },
    ...{ method: method as ApiMethod, path, operation, listKey },
  };
}

function inWords(segments: readonly string[]): string {
  return segments
    .filter((segment) => !segment.startsWith('{'))
    .join('-')
    .replaceAll('_', '-');
}

/** Under which key the answer is a page of a list; undefined: it is no list. */
function listKeyOf(document: ApiDocument, operation: ApiOperation): string | undefined {
  const { properties = {} } = answerSchema(document, operation) ?? {};
  if (!('next_page_uri' in properties)) return undefined;
  return Object.keys(properties).find((key) => properties[key]?.type === 'array');
}

/** What an operation answers when it did what was asked; undefined: nothing. */
export function answerSchema(document: ApiDocument, operation: ApiOperation): ApiSchema | undefined {
  const [, answer] = Object.entries(operation.responses).find(([status]) => status.startsWith('2')) ?? [];
  const schema = (answer as ApiResponse | undefined)?.content?.['application/json']?.schema;
  return schema && resolveSchema(document, schema);
}

/** What the operation takes as its body; undefined: nothing. */
export function bodySchema(document: ApiDocument, { requestBody }: ApiOperation): ApiSchema | undefined {
  const schema = requestBody?.content['application/json']?.schema;
  return schema && resolveSchema(document, schema);
}

/** The schema itself, where one of the components is only named. */
export function resolveSchema({ components }: ApiDocument, schema: ApiSchema): ApiSchema {
  const name = schema.$ref?.split('/').at(-1);
  return (name === undefined ? undefined : components.schemas[name]) ?? schema;
}
