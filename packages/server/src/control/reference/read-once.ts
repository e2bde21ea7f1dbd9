/** Reads something when it is first asked for, and keeps it: strangers must not make us read it again and again. */
export function readOnce<T>(read: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined;
  return () => {
    kept ??= read().catch((cause: unknown) => {
      // Too many open files, for instance: the next one may have more luck.
      kept = undefined;
      throw cause;
    });
    return kept;
  };
}
