export { userAgentFilter } from './user-agent-filter.ts';
