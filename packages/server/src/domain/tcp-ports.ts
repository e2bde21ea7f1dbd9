/** The public ports of tcp endpoints. */
export interface TcpPorts {
  /**
   * Listens on a port until the answer is called. Several may have the same port open: it is closed with the last of them.
   * The answer may be called twice.
   *
   * @throws {AditError} 9220: another program has the port. 9221: it needs more rights.
   */
  open(port: number): Promise<() => void>;
}
