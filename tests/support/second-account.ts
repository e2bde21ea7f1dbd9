import { hash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { newId } from '@adit/contracts';

/**
 * Adds an account to the data directory of a server that is stopped, and answers an authtoken of it. There is no command
 * for that yet.
 */
export function addAccount(dataDir: string): string {
  const authtoken = `adit_at_${randomBytes(32).toString('base64url')}`;
  const [account, user] = [newId('account', Date.now()), newId('user', Date.now())];
  const db = new DatabaseSync(join(dataDir, 'adit.db'));
  try {
    db.prepare('insert into accounts values (?, ?, 0)').run(account, 'others');
    db.prepare('insert into users values (?, ?, 0)').run(user, 'others');
    db.prepare('insert into memberships values (?, ?, ?)').run(account, user, 'developer');
    db.prepare('insert into credentials values (?, ?, ?, ?, ?, ?, ?, 0)').run(
      ...[newId('credential', Date.now()), account, user, 'authtoken', hash('sha256', authtoken, 'buffer'), '', ''],
    );
  } finally {
    db.close();
  }
  return authtoken;
}
