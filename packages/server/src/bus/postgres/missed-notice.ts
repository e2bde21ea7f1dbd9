import { randomUUID } from 'node:crypto';
import { channel } from './listen.ts';
import { formatNotice } from './notice-text.ts';

/** What a program that is no server sends with its changes: every server looks at the store again. */
export function missedNotice(): { readonly channel: string; readonly text: string } {
  return { channel, text: formatNotice({ from: randomUUID(), notice: { type: 'missed' } }) };
}
