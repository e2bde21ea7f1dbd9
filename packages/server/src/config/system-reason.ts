/** `ENOENT: no such file or directory, open 'x'` → `no such file or directory`. */
export function systemReason({ message }: NodeJS.ErrnoException): string {
  return message.replace(/^E[A-Z]+: /, '').replace(/, .*$/, '');
}
