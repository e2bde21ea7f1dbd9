// Loaded into a process of Adit (`NODE_OPTIONS=--import=…`): the first word on stderr is its last. Whoever reads that word from
// outside, to kill it then, may be too late: the process goes on meanwhile.
const write = process.stderr.write.bind(process.stderr);
process.stderr.write = (text: string | Uint8Array): boolean => {
  // A pipe has it all when this returns.
  write(text);
  return process.kill(process.pid, 'SIGKILL');
};
