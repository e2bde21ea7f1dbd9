/** What the first screen of `npm start` says. */
export interface Welcome {
  readonly url: string;
  /** What is behind it, for people: "the demo service", "http://localhost:3000". */
  readonly upstream: string;
  /** As short as it can be written from where the user stands. */
  readonly caFile: string;
  readonly agentConfig: string;
  readonly dataDir: string;
  readonly firstRun: { readonly apiKey: string; readonly authtoken: string } | null;
  readonly api: string;
  /** The lines of a QR code of the URL, for terminals; empty elsewhere. */
  readonly qrCode: readonly string[];
  /** Wraps words in terminal colours, or leaves them alone. */
  readonly paint: Paint;
}

export interface Paint {
  strong(text: string): string;
  dim(text: string): string;
  /** Dark on light, whatever the terminal's own colours are: some phones do not read the inverse of a QR code. */
  paper(text: string): string;
}

export const plain: Paint = { strong: (text) => text, dim: (text) => text, paper: (text) => text };
export const coloured: Paint = {
  strong: (text) => `\x1b[1;36m${text}\x1b[0m`,
  dim: (text) => `\x1b[2m${text}\x1b[0m`,
  paper: (text) => `\x1b[38;5;16;48;5;231m${text}\x1b[0m`,
};

/** The whole screen, with a line break at its end. */
export function welcomeText(welcome: Welcome): string {
  const sections = [address(welcome), trust(welcome), secrets(welcome), next(welcome)];
  const qrCode = welcome.qrCode.map((line) => `${welcome.paint.paper(line)}\n`);
  return `\n${sections.filter(Boolean).join('\n\n')}\n${qrCode.length > 0 ? `\n${qrCode.join('')}` : ''}`;
}

function address({ url, upstream, caFile, paint }: Welcome): string {
  return [`  ${paint.strong(url)}  →  ${upstream}`, '', `  Try it:   curl --cacert ${quote(caFile)} ${url}/`].join(
    '\n',
  );
}

function trust({ caFile, paint }: Welcome): string {
  const ca = quote(caFile);
  return [
    '  To open it in a browser, trust the development CA once. It can sign only names of this domain.',
    `  ${paint.dim('Debian')}    sudo cp ${ca} /usr/local/share/ca-certificates/adit.crt && sudo update-ca-certificates`,
    `  ${paint.dim('Chromium')}  certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n adit -i ${ca}   ${paint.dim('(libnss3-tools)')}`,
    `  ${paint.dim('macOS')}     security add-trusted-cert -k ~/Library/Keychains/login.keychain-db ${ca}`,
    `  ${paint.dim('Windows')}   certutil -user -addstore Root ${ca}`,
  ].join('\n');
}

function secrets({ firstRun, agentConfig, paint }: Welcome): string {
  if (!firstRun) return '';
  return [
    '  Made for you on this first start, and shown only now:',
    `  ${paint.dim('administrator API key')}  ${firstRun.apiKey}`,
    `  ${paint.dim('authtoken for agents')}   ${firstRun.authtoken}  ${paint.dim(`(kept in ${agentConfig})`)}`,
  ].join('\n');
}

function next({ api, agentConfig, dataDir, caFile, paint }: Welcome): string {
  return [
    `  ${paint.dim('Your own port')}   npm start -- http 3000     ${paint.dim('or, beside this one:')} npx adit http 3000 --config ${quote(agentConfig)}`,
    `  ${paint.dim('API')}             curl --cacert ${quote(caFile)} -H "Authorization: Bearer $API_KEY" ${api}/endpoints`,
    `  ${paint.dim('All data is in')}  ${dataDir}     ${paint.dim('Stop:')} Ctrl-C`,
  ].join('\n');
}

/** For a POSIX shell, when a path needs it. */
function quote(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
