// A program for a test that kills it: `restore-process.testkit.ts <backup> <data dir>`.
import { systemClock } from '../../../clock/system-clock.ts';
import { restoreBackup } from './restore-backup.ts';

const [, , file = '', dataDir = ''] = process.argv;
await restoreBackup({ file, dataDir, clock: systemClock, record: async () => {} });
