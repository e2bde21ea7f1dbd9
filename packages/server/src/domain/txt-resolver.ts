/**
 * The texts of a name's DNS TXT records, none if there is no such name; a text in parts (RFC 1035, 3.3.14) is put together.
 *
 * @throws {AditError} 9113: the DNS did not answer.
 */
export type TxtResolver = (name: string) => Promise<readonly string[]>;
