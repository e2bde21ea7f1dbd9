import type { Clock } from '@adit/sdk';
import type { AgentFacts, Inspector } from '../inspector/index.ts';
import type { AgentView } from '../view/index.ts';
import type { InspectorSettings } from './agent-settings.ts';

/** Opens the inspector and says where it is. See `openInspector` for what it throws. */
export async function startInspector({
  settings,
  agent,
  view,
  clock,
}: {
  settings: InspectorSettings;
  agent: AgentFacts;
  view: AgentView;
  clock: Clock;
}): Promise<Inspector> {
  const { openInspector } = await import('../inspector/index.ts');
  const inspector = await openInspector({
    ...settings,
    agent,
    clock,
    onCapture: (request) => view.request(request),
  });
  if (inspector.url !== null) view.inspector(inspector.url);
  if (inspector.isExposed) view.warning('the inspector can be reached by others, and asks nobody who they are');
  return inspector;
}
