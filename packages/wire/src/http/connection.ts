import { isSpace } from './byte-classes.ts';

/** Whether a Connection line keeps the connection open behind this message (RFC 9112 §9.3). */
export function keepsAlive(version: '1.0' | '1.1', connection: string): boolean {
  if (connection === '') return version === '1.1';
  if (hasMember(connection, 'close')) return false;
  return version === '1.1' || hasMember(connection, 'keep-alive');
}

/** Whether a comma-separated list has this member; both in lower case. */
export function hasMember(list: string, member: string): boolean {
  for (let at = list.indexOf(member); at !== -1; at = list.indexOf(member, at + 1)) {
    let before = at - 1;
    while (isSpace(list.charCodeAt(before))) before--;
    let behind = at + member.length;
    while (isSpace(list.charCodeAt(behind))) behind++;
    const isFirst = before < 0 || list.charCodeAt(before) === 0x2c;
    if (isFirst && (behind >= list.length || list.charCodeAt(behind) === 0x2c)) return true;
  }
  return false;
}
