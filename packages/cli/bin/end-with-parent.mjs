const pollMs = 250;

/**
 * Sends this process SIGTERM when its parent is gone. npm runs scripts through a shell, and hands a SIGTERM on to that
 * shell only: it dies, and without this a server would stay behind that nobody started npm for. Keeps nothing alive.
 */
export function endWithParent() {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, pollMs);
  timer.unref();
}
