/** Where a PostgreSQL database is and who we are there; the password is in it, so it is never logged. Made by config/. */
export interface DatabaseAddress {
  /** Host name or IP address; the directory of a Unix socket, if it begins with a slash. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Empty: the database asks for none. */
  readonly password: string;
  /** False: no TLS. Else the certificate must be valid for `host`, and come from `ca` (PEM; default: the CAs Node.js trusts). */
  readonly ssl: false | { readonly host: string; readonly ca?: string };
}
