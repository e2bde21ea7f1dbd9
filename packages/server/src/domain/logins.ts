// How people prove who they are: passwords and second factors. They are a user's, in all their accounts, and go with them.
import type { UserId } from './entities.ts';

export interface StoredPassword {
  /** In the PHC string format, salt and parameters included. */
  readonly hash: string;
  /** Somebody else chose it: good for nothing but to choose another one. */
  readonly mustChange: boolean;
  /** When it was chosen: another time, another password. */
  readonly setAtMs: number;
}

/** What an authenticator app and the server share (TOTP, RFC 6238). */
export interface StoredTotp {
  /** The shared secret, opened. */
  readonly seed: Uint8Array;
  /** Null: the app has not shown yet that it has the seed, so logins do without. */
  readonly confirmedAtMs: number | null;
}

/** Whom somebody says to be. */
export interface LoginNames {
  /** Name or id of a person. */
  readonly user: string;
  /** Name or id; undefined: any. */
  readonly account: string | undefined;
}

/** What a user has to log in with, for the operator to see. */
export interface LoginMethods {
  readonly userId: UserId;
  readonly hasPassword: boolean;
  readonly mustChangePassword: boolean;
  readonly hasSecondFactor: boolean;
}

/** Reads of the store. */
export interface LoginReader {
  /**
   * The one person who can be meant; undefined: nobody can, or more than one. A password that is null: they have none. It takes
   * the same queries in any case.
   */
  findLogin(names: LoginNames): Promise<{ userId: UserId; password: StoredPassword | null } | undefined>;
  /** Of all users, oldest first. */
  listLoginMethods(): Promise<LoginMethods[]>;
}

/** Changes, inside `store.write`. Times are the transaction's. Users must be there. */
export interface LoginWriter {
  findPassword(userId: UserId): Promise<StoredPassword | undefined>;
  /** In place of the one there was. */
  putPassword(userId: UserId, password: Omit<StoredPassword, 'setAtMs'>): Promise<void>;
  /** Another hash of the password there is. */
  rehashPassword(userId: UserId, hash: string): Promise<void>;
  /** Throws as `Sealer.open` does. */
  readTotp(userId: UserId): Promise<StoredTotp | undefined>;
  /** In place of the one there was; not confirmed. */
  putTotp(userId: UserId, seed: Uint8Array): Promise<void>;
  confirmTotp(userId: UserId): Promise<void>;
  /** Notes that the code of that step was used. False: that one was, or a later one; whoever shows it has seen it elsewhere. */
  takeTotpStep(userId: UserId, step: number): Promise<boolean>;
  /** @param hashes In place of those there were. SHA-256; the codes themselves are never stored. */
  putRecoveryCodes(userId: UserId, hashes: readonly Uint8Array[]): Promise<void>;
  /** Deletes that code. False: the user has none such. */
  takeRecoveryCode(userId: UserId, hash: Uint8Array): Promise<boolean>;
  /** Deletes the TOTP and the recovery codes. False: there was neither. */
  deleteSecondFactor(userId: UserId): Promise<boolean>;
}
