// Loaded into a process of Adit (`NODE_OPTIONS=--import=…`): on SIGUSR2 its time of day is an hour later, on SIGURG an hour
// earlier than it was, as if somebody had set the machine's clock. Timers go on as they do then.
const hourMs = 3_600_000;
const { now } = Date;
let setByMs = 0;
Date.now = () => now() + setByMs;
process.on('SIGUSR2', () => void (setByMs += hourMs));
process.on('SIGURG', () => void (setByMs -= hourMs));
