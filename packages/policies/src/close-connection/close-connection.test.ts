import { testPolicy } from '@adit/policy-kit/testkit';
import { closeConnection } from './close-connection.ts';

testPolicy(closeConnection, {
  decisions: [
    { title: 'hangs up on connections', config: {}, expected: 'closed' },
    { title: 'hangs up on requests', config: {}, request: {}, expected: 'closed' },
  ],
  refusals: [],
});
