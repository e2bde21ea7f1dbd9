/** The text of a file with its name, for messages. */
export interface ConfigText {
  readonly file: string;
  readonly text: string;
}
