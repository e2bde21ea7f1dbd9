// `node bench/profile.ts <directory> [part of a file name]`: where the time of `.cpuprofile` files goes, most first.
// How to record them: README.md, "Where the time goes". The numbers are self time: callees apart, waiting left out.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CpuProfile, type SelfTime, selfTimes } from './profile/self-time.ts';

const rowsShown = 40;
const [directory = '.', part = ''] = process.argv.slice(2);
const files = readdirSync(directory).filter((name) => name.endsWith('.cpuprofile') && name.includes(part));
const profiles = files.map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as CpuProfile);

console.log(`${files.length} profiles: ${files.join(', ')}`);
print('function', selfTimes(profiles));
print('file', selfTimes(profiles, { byFile: true }));

function print(what: string, times: readonly SelfTime[]): void {
  const total = times.reduce((sum, { micros }) => sum + micros, 0);
  console.log(`\n| self ms | % | ${what} |\n|--:|--:|---|`);
  for (const { name, micros } of times.slice(0, rowsShown)) {
    console.log(`| ${(micros / 1000).toFixed(1)} | ${((micros / total) * 100).toFixed(1)} | ${name} |`);
  }
  console.log(`| ${(total / 1000).toFixed(1)} | 100 | all |`);
}
