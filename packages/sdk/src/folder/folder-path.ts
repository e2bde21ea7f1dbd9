/** What the path of a request names below a folder. */
export interface FolderPath {
  /** Decoded names, the outermost first. */
  readonly segments: readonly string[];
  /** The path ends in a slash. */
  readonly isFolder: boolean;
  /** With its question mark; empty: none. */
  readonly query: string;
}

/**
 * Reads the target of a request. Undefined where a name is not to be served: it begins with a dot (`.` and `..` among them),
 * is empty, or would be a path by itself once decoded. Nothing is repaired, and nothing is decoded twice.
 */
export function readFolderPath(target: string): FolderPath | undefined {
  const [, path, query = ''] = /^(\/[^?#]*)(\?[^#]*)?$/.exec(target) ?? [];
  if (path === undefined) return undefined;
  const isFolder = path.endsWith('/');
  const raw = path.slice(1, isFolder ? -1 : undefined);
  const segments = raw === '' ? [] : raw.split('/').map(decode);
  // A path of two slashes: one that is empty, and yet not the folder itself.
  if (raw === '' && path.length > 1) return undefined;
  return segments.every((name) => name !== undefined) ? { segments, isFolder, query } : undefined;
}

/** Also used for names found on disk: what cannot be asked for is not listed. */
export function isServedName(name: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return name !== '' && !name.startsWith('.') && !/[/\\\u0000-\u001f\u007f]/.test(name);
}

function decode(segment: string): string | undefined {
  try {
    const name = decodeURIComponent(segment);
    return isServedName(name) ? name : undefined;
  } catch {
    return undefined;
  }
}
