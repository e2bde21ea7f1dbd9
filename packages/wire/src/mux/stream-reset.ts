/** The peer ended a stream with RST. */
export class StreamReset extends Error {
  override readonly name = 'StreamReset';
  /** One of `errorCodes`, or any other uint32. */
  readonly resetCode: number;

  constructor(resetCode: number) {
    super(`The peer reset the stream with code ${resetCode}`);
    this.resetCode = resetCode;
  }
}
