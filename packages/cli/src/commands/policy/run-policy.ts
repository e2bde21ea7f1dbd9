import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { CommandIo, ParsedCommand } from '@adit/agent';
import { AditError } from '@adit/contracts';
import { type AskedVisit, checkPolicy, explainPolicy, type PolicyFile } from '@adit/server/policy';
import { explanationText } from './explanation-text.ts';

/** The exit code for "forbidden": what a script looks at. */
const refusedExitCode = 4;

/** `adit policy check`: silent about what is right but for one line. */
export async function runCheck(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const policy = await readPolicy(parsed, io);
  const count = await checkPolicy(policy);
  io.stdout.write(
    `The policy is valid: ${count === 1 ? '1 rule' : `${count} rules`} for ${policy.protocol} endpoints\n`,
  );
  return 0;
}

/** `adit policy explain`. */
export async function runExplain(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const policy = await readPolicy(parsed, io);
  const explanation = await explainPolicy(policy, await askedVisit(parsed, policy.protocol));
  const isJson = parsed.options['json'] === 'true';
  io.stdout.write(isJson ? `${JSON.stringify(explanation)}\n` : explanationText(explanation));
  const { outcome } = explanation.verdict;
  return outcome === 'allow' || outcome === 'reroute' ? 0 : refusedExitCode;
}

async function readPolicy(parsed: ParsedCommand, { stdin }: CommandIo): Promise<PolicyFile> {
  const [path = ''] = parsed.arguments;
  const protocol = (parsed.options['protocol'] ?? 'https') as PolicyFile['protocol'];
  return { text: path === '-' ? await text(stdin) : (await read(path)).toString(), protocol };
}

async function read(path: string): Promise<Buffer> {
  return await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    const reason = cause.code === 'ENOENT' ? 'it does not exist' : 'it is not a readable file';
    throw new AditError(9202, `Cannot read "${path}": ${reason}`, { cause });
  });
}

async function askedVisit({ options }: ParsedCommand, protocol: PolicyFile['protocol']): Promise<AskedVisit> {
  const host = String(options['host'] ?? 'app.example.com');
  const name = host.replace(/:\d+$/, '').toLowerCase();
  const clientIp = String(options['ip'] ?? '203.0.113.7');
  const bodyFile = options['body-file'];
  const hasHttp = protocol === 'http' || protocol === 'https';
  const request = {
    ...{ method: String(options['method'] ?? 'GET').toUpperCase(), authority: host },
    ...{ scheme: protocol as 'https', target: targetOf(String(options['path'] ?? '/')) },
    headers: [options['header'] ?? []].flat().flatMap(headerLine),
    body: bodyFile === undefined ? null : await read(String(bodyFile)),
  };
  return {
    connection: { clientIp, clientPort: 50_000, serverIp: '192.0.2.1', serverPort: 443, serverName: name },
    endpoint: { id: 'ep_explained', url: `${protocol}://${host}`, scheme: protocol, host: name, port: 443 },
    request: hasHttp ? request : null,
  };
}

/** @throws {AditError} 9500: it does not begin with a slash. */
function targetOf(path: string): string {
  if (path.startsWith('/')) return path;
  throw new AditError(9500, `Cannot ask for "${path}": a path begins with "/"`);
}

/** @throws {AditError} 9500: it has no colon. */
function headerLine(line: string): string[] {
  const colon = line.indexOf(':');
  if (colon < 1) throw new AditError(9500, `Cannot send the header "${line}": write it as "name: value"`);
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}
