/** What is wrong with an expression or template, found when it is compiled. Its message is for whoever wrote it. */
export class ExpressionProblem extends Error {
  override readonly name = 'ExpressionProblem';
  /** Where in the text that was handed in, from 0. */
  readonly offset: number;
  /** Characters from there that are meant; 0: a place between two. */
  readonly length: number;
  /** What to write instead, e.g. `did you mean "req.method"?`. */
  readonly hint: string | undefined;

  constructor(message: string, place: Place, hint?: string) {
    super(message);
    this.offset = place.start;
    this.length = Math.max(0, place.end - place.start);
    this.hint = hint;
  }

  /** The same problem in a longer text that has this one at `offset`. */
  movedBy(offset: number): ExpressionProblem {
    const start = this.offset + offset;
    return new ExpressionProblem(this.message, { start, end: start + this.length }, this.hint);
  }
}

/** A part of a text: from `start` up to, not with, `end`. */
export interface Place {
  readonly start: number;
  readonly end: number;
}
