import { AditError, type ErrorCode } from '@adit/contracts';

/** Where in a document: keys and indices from its root. */
export type Path = readonly (string | number)[];

/** One thing that is wrong with a document. */
export interface PolicyProblem {
  readonly code: ErrorCode;
  readonly path: Path;
  /** What is wrong, as a sentence without its end: `"alow" is no field here; did you mean "allow"?` */
  readonly message: string;
  /** Characters into the text at `path`, where the problem is in one expression. */
  readonly offset?: number;
}

/** A line and a column of the text that a document came from, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Finds a path in the text; undefined: the document did not come from text. */
export type Locate = (path: Path, offset?: number) => Position | undefined;

const shownProblems = 10;
/** To find where something stands takes the longer the more there is. */
const locatedProblems = 100;

/** The refusal of a document, with everything that was found. Its code is that of the first problem. */
export function refusePolicy(problems: readonly PolicyProblem[], locate: Locate): AditError {
  const found = problems.slice(0, locatedProblems).map(({ code, path, message, offset }) => {
    const position = locate(path, offset);
    return { ...position, path: pathText(path), message, code: new AditError(code).wireCode, page: pageOf(path) };
  });
  const lines = found.slice(0, shownProblems).map(({ line, column, path, message }) => {
    const place = line === undefined ? path : `line ${line}, column ${column} (${path})`;
    return `${place}: ${message}`;
  });
  const more = problems.length > shownProblems ? [`and ${problems.length - shownProblems} more`] : [];
  const message = `Cannot take the policy: ${[...lines, ...more].join('; ')}`;
  return new AditError(problems[0]?.code ?? 9600, message, { details: { problems: found } });
}

/** `on_http_request[0].actions[1].config.body`; of the root `policy`. */
export function pathText(path: Path): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
  return text === '' ? 'policy' : text.replace(/^\./, '');
}

/** The page of the docs about it. */
function pageOf(path: Path): string {
  return path.includes('expressions') ? 'docs/reference/expressions.md' : 'docs/reference/policies.md';
}
