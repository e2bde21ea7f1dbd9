import { AditError } from '@adit/contracts';
import {
  type ConnectContext,
  checkedHeaderName,
  type Decision,
  definePolicy,
  type PolicyHost,
  type Template,
} from '@adit/policy-kit';
import { guessType } from './guess-type.ts';
import { type CustomResponseConfig, customResponseConfig } from './schema.ts';

/** Answers in place of the service; see README.md. */
export const customResponse = definePolicy<CustomResponseConfig>({
  name: 'custom-response',
  phases: ['on_http_request', 'on_http_response'],
  schema: customResponseConfig,
  isTerminating: () => true,
  reasons: { answered: 'The rule applies.' },
  prepare(config, host) {
    const { status_code: status } = config;
    if (hasNoContent(status) && config.body !== '') {
      throw new AditError(3604, `Cannot answer ${status} with a body: that status has none`);
    }
    const body = host.template(config.body);
    const headers = headersOf(config.headers, host);
    const type = headers.some(({ name }) => name.toLowerCase() === 'content-type') ? [] : ['content-type'];
    const answer = (context: ConnectContext): Decision => {
      const content = body.render(context);
      const lines = headers.flatMap(({ name, value }) => [name, value.render(context)]);
      const guessed = content === '' ? [] : type.flatMap((name) => [name, guessType(content, config.body)]);
      return {
        ...{ outcome: 'respond', reason: 'custom-response/answered', status, isRefusal: status >= 400 },
        ...{ headers: [...lines, ...guessed], body: Buffer.from(content) },
      };
    };
    return { request: answer, response: answer, recheck: () => notServed };
  },
});

/** To a stream that lives: it would not be let in now. */
const notServed: Decision = Object.freeze({ outcome: 'close', reason: 'custom-response/answered' });

interface Line {
  readonly name: string;
  readonly value: Template;
}

function headersOf(headers: Readonly<Record<string, string>>, host: PolicyHost): Line[] {
  return Object.entries(headers).map(([name, value]) => {
    checkedHeaderName(name, 'answer with');
    return { name, value: host.template(value) };
  });
}

/** RFC 9110 §15.3.5, §15.3.6, §15.4.5. */
function hasNoContent(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}
