// The document of the control API, docs/reference/openapi.json, as far as we write it: OpenAPI 3.1.1. It is generated from the
// routes (tools/gen/openapi); the reference page and `adit api` are made from it. A compact copy ships with this package as
// `@adit/contracts/openapi.json`.

export interface ApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Partial<Record<ApiMethod, ApiOperation>>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, ApiSchema>> };
}

export type ApiMethod = 'get' | 'post' | 'put' | 'patch' | 'delete';

export interface ApiOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly ApiParameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: ApiContent };
  /** By status. */
  readonly responses: Readonly<Record<string, ApiResponse | ApiReference>>;
  /** Empty: no key is needed. Default: the key. */
  readonly security?: readonly [];
}

export interface ApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: ApiSchema;
}

export interface ApiResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: ApiSchema }>>;
  readonly content?: ApiContent;
}

export type ApiContent = Readonly<Record<string, { readonly schema: ApiSchema }>>;

export interface ApiReference {
  readonly $ref: string;
}

/** JSON Schema 2020-12. Nothing is nested in a list of alternatives but what may be null. */
export interface ApiSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly anyOf?: readonly ApiSchema[];
  readonly items?: ApiSchema;
  readonly properties?: Readonly<Record<string, ApiSchema>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  /** True: a secret, which is never answered (`.meta({ isSecret: true })` in the contract). */
  readonly writeOnly?: boolean;
}
