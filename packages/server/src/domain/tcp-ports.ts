/** The public ports of tcp endpoints. */
export interface TcpPorts {
  /**
   * Listens on a port until the answer is called. Several may have the same port open: it is closed with the last of them.
   * The answer may be called twice.
   *
   * @param options.comesBack It belongs to this endpoint, perhaps still at the server that this one takes the place of, which
   *   may go on listening. What that server has for others cannot be had.
   * @throws {AditError} 9220: another program has the port. 9221: it needs more rights.
   */
  open(port: number, options: { comesBack: boolean }): Promise<() => void>;
}
