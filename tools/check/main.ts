// `npm run check`: everything but the system tests, in less than three minutes.
import { sum, totalLine } from '../test/counts.ts';
import { runVitest } from '../test/run-vitest.ts';
import { usePinnedTools } from '../test/use-pinned-tools.ts';
import { runChecks } from './run-checks.ts';

usePinnedTools();
const total = sum([runChecks(), await runVitest(['--project', 'unit'])]);
console.log(`\n${totalLine(total)}`);
process.exitCode = total.failed === 0 ? 0 : 1;
