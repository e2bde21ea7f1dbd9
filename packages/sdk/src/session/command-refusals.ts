/** For each command of an operator: empty, it is obeyed; other text, it is not, and this is why. Declared in Auth. */
export type CommandRefusals = Readonly<Record<'stop' | 'restart' | 'update', string>>;

const notByItself = 'This agent cannot do that by itself; its user has to';
const switchedOff = 'Remote management is switched off on this agent; its user has to do it';

/** What an agent refuses: everything where its user wants that, else what it has no means for. */
export function commandRefusals(facts: { remoteManagement: boolean; canRestart: boolean }): CommandRefusals {
  if (!facts.remoteManagement) return { stop: switchedOff, restart: switchedOff, update: switchedOff };
  return { stop: '', restart: facts.canRestart ? '' : notByItself, update: notByItself };
}
