/** In what a request differs from one that is right. Plain data, so that a failing one can be read. */
export interface OddRequest {
  readonly method?: string;
  /** In place of a name in the path, such as `{id}`; encoded. */
  readonly names?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A member of the body, as JSON; null: it is left out. */
  readonly member?: readonly [name: string, json: string | null];
  /** A member besides all others, which may have the same name. */
  readonly more?: readonly [name: string, json: string];
  /** A text of the body that is right but for what is put into it, so far from its beginning (0 to 1). */
  readonly inside?: { readonly name: string; readonly text: string; readonly at: number };
  /** In place of the body: which of `oddBodies`. */
  readonly body?: number;
}
