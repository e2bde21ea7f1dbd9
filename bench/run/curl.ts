import type { Size, VisitorJob } from '../job.ts';

/** One transfer that curl has finished. */
export interface Transfer {
  readonly seconds: number;
  readonly bytes: number;
}

/** What curl says of each transfer at its end, on stderr: unlike stdout that is not kept back until there is more. */
const format = '%{stderr}%{http_code} %{time_total} %{size_upload} %{size_download}\\n';

/**
 * Transfers on one connection, one after the other.
 *
 * @param uploadFile Holds at least as many bytes as the largest upload; each transfer sends the file that it names.
 */
export function curlArguments(
  { target, work }: VisitorJob,
  sizes: readonly Size[],
  uploadFiles: readonly string[],
): string[] {
  const protocol = work.protocol === 'h2' ? '--http2' : '--http1.1';
  // Nobody's certificate is checked, as with h2load: that would be work of the visitor's.
  const common = [
    '--silent',
    '--insecure',
    protocol,
    '--connect-to',
    `::127.0.0.1:${target.port}`,
    '--output',
    '/dev/null',
  ];
  const origin = `http${target.tls ? 's' : ''}://${target.hostHeader}`;
  return sizes.flatMap(({ answerBytes }, index) => {
    const file = uploadFiles[index];
    const upload = file === undefined ? [] : ['--request', 'POST', '--header', 'Expect:', '--upload-file', file];
    const next = index > 0 ? ['--next'] : [];
    return [...next, ...common, ...upload, '--write-out', format, `${origin}/${answerBytes}`];
  });
}

/** @throws {Error} the transfer failed */
export function readTransfer(line: string): Transfer {
  const [status, seconds, sent, received] = line.split(' ').map(Number);
  if (status !== 200 || !(Number(seconds) > 0)) throw new Error(`curl failed: ${line}`);
  return { seconds: Number(seconds), bytes: Number(sent) + Number(received) };
}
