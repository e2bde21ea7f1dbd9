/** Has the process live on while nothing else does, as when the last socket is closed and there is still something to do. */
export function keepProcess(): () => void {
  const timer = setInterval(() => {}, 60_000);
  return () => clearInterval(timer);
}
