import type { CommandIo, ParsedCommand } from '@adit/agent';
import { AditError } from '@adit/contracts';
import { checkPolicy, explainPolicy, type PolicyFile } from '@adit/server/policy';
import { exitCodeOf, visitorOf } from './asked-visitor.ts';
import { explanationText } from './explanation-text.ts';
import { policyText } from './policy-text.ts';

/** `adit policy check`: silent about what is right but for one line. */
export async function runCheck(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const policy = await readPolicy(parsed, io);
  const count = await checkPolicy(policy);
  io.stdout.write(
    `The policy is valid: ${count === 1 ? '1 rule' : `${count} rules`} for ${policy.protocol} endpoints\n`,
  );
  return 0;
}

/** `adit policy explain` of a file. */
export async function runExplain(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const { options } = parsed;
  if (options['policy-file'] !== undefined) {
    throw new AditError(9500, 'Cannot use --policy-file here: it is for a URL, and the argument is a policy already');
  }
  const policy = await readPolicy(parsed, io);
  const authority = String(options['host'] ?? 'app.example.com');
  const explanation = await explainPolicy(policy, { authority, ...(await visitorOf(parsed)) });
  const isJson = options['json'] === 'true';
  io.stdout.write(isJson ? `${JSON.stringify(explanation)}\n` : explanationText(explanation, { namesPlaces: false }));
  return exitCodeOf(explanation.outcome);
}

async function readPolicy(parsed: ParsedCommand, io: CommandIo): Promise<PolicyFile> {
  const [path = ''] = parsed.arguments;
  const protocol = (parsed.options['protocol'] ?? 'https') as PolicyFile['protocol'];
  return { text: await policyText(path, io), protocol };
}
