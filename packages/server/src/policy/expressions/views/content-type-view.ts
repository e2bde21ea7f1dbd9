/** `content_type`: a `Content-Type` header taken apart (RFC 9110 §8.3). */
export class ContentTypeView {
  readonly raw: string;
  /** Type and subtype, lower case; not a field, but what `req.content_type` itself is. */
  readonly text: string;
  #parameters: ReadonlyMap<string, string> | undefined;

  constructor(raw: string) {
    this.raw = raw;
    this.text = (raw.split(';', 1)[0] ?? '').trim().toLowerCase();
  }

  /** Names in lower case. Of several with the same name the first counts. */
  get parameters(): ReadonlyMap<string, string> {
    this.#parameters ??= parseParameters(this.raw);
    return this.#parameters;
  }
}

/** `; name=token` or `; name="text with \" in it"`; each form begins with what no other has, so that time is linear. */
const parameter = /;\s*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/g;

function parseParameters(raw: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, token = ''] of raw.matchAll(parameter)) {
    const key = name.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, quoted?.replace(/\\(.)/g, '$1') ?? token);
  }
  return parameters;
}
