import type { CommandIo } from '@adit/agent';

/** Resolves when the user asks to stop; at once if that was before. */
export function untilInterrupted({ interrupted }: Pick<CommandIo, 'interrupted'>): Promise<void> {
  return new Promise((resolve) => {
    if (interrupted.aborted) resolve();
    else interrupted.addEventListener('abort', () => resolve(), { once: true });
  });
}
