/** A body without what is null: that stands for absent (ngrok REST API v2, conventions). */
export function presentFields(body: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(body as object).filter(([, value]) => value !== null && value !== undefined),
  );
}
