import { type CommandIo, loadApi, type ParsedCommand } from '@adit/agent';
import { AditError } from '@adit/contracts';
import type { PolicyExplanationBody, PolicyQuestionBody } from '@adit/contracts/api';
import { exitCodeOf, visitorOf } from './asked-visitor.ts';
import { explanationText } from './explanation-text.ts';
import { policyText } from './policy-text.ts';

const urlForm = /^((?:https?|tcp|tls):\/\/[^/?#]*)([/?][^#]*)?/i;

/** Null: it is the name of a file. The path is that of the request. */
export function parseEndpointUrl(argument: string): { readonly url: string; readonly path: string } | null {
  const [, url, rest = ''] = urlForm.exec(argument) ?? [];
  if (url === undefined) return null;
  return { url, path: rest.startsWith('/') ? rest : `/${rest}` };
}

/** `adit policy explain` of an endpoint: the server is asked, which has its rules. */
export async function runExplainEndpoint(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const body = await questionOf(parsed, io);
  const { askApi } = await loadApi();
  const asked = await askApi({ path: '/policy_explanations', body }, parsed, io);
  if (asked.body === null) return asked.exitCode;
  const explanation = asked.body as PolicyExplanationBody;
  const isJson = parsed.options['json'] === 'true';
  io.stdout.write(isJson ? `${JSON.stringify(explanation)}\n` : explanationText(explanation, { namesPlaces: true }));
  return exitCodeOf(explanation.outcome);
}

async function questionOf(parsed: ParsedCommand, io: CommandIo): Promise<PolicyQuestionBody> {
  const { options } = parsed;
  for (const name of ['host', 'protocol']) {
    if (options[name] !== undefined) throw new AditError(9500, `Cannot use --${name} here: the URL says it`);
  }
  const { url, path } = parseEndpointUrl(parsed.arguments[0] ?? '') ?? { url: '', path: '/' };
  const visitor = await visitorOf({ ...parsed, options: { path, ...options } });
  const { method, path: target, headers, body } = visitor.request;
  const policyFile = options['policy-file'];
  return {
    ...{ url, method, path: target, client_ip: visitor.clientIp },
    headers: headers.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${headers[i + 1]}`] : [])),
    body: body && body.toString('base64'),
    policy: policyFile === undefined ? null : await policyText(String(policyFile), io),
  };
}
