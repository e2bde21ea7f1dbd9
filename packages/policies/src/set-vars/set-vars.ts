import { type ConnectContext, type Decision, definePolicy, proceed } from '@adit/policy-kit';
import { type SetVarsConfig, setVarsConfig } from './schema.ts';

/** Gives names to values for the expressions behind it; see README.md. */
export const setVars = definePolicy<SetVarsConfig>({
  name: 'set-vars',
  phases: ['on_tcp_connect', 'on_http_request', 'on_http_response'],
  schema: setVarsConfig,
  reasons: {},
  prepare({ vars }, host) {
    const values = vars.flatMap((one) =>
      Object.entries(one).map(([name, value]) => ({
        name,
        valueOf: typeof value === 'string' ? host.template(value) : { value: () => celOf(value) },
      })),
    );
    const set = (context: ConnectContext): Decision => {
      // One after the other: later ones may rest on earlier ones.
      for (const { name, valueOf } of values) context.setVariable(name, valueOf.value(context));
      return proceed;
    };
    return { connect: set, request: set, response: set, recheck: set };
  },
});

/** In expressions integers are bigint. */
function celOf(value: number | boolean): unknown {
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
}
