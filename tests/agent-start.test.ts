import { expect, it } from 'vitest';
import { startAgent } from './support/agent.ts';
import { firstRunOf, startServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';

/** Said by the agent when it ends: everything that it loaded and that is not ours, by name. */
const tellLoaded = `
  import { registerHooks } from 'node:module';
  const found = new Set();
  registerHooks({ load: (url, context, next) => {
    const [, name] = /.*\\/node_modules\\/([^/]+)\\//.exec(url) ?? [];
    if (name !== undefined) found.add(name);
    return next(url, context);
  } });
  process.on('exit', () => {
    if (process.moduleLoadList.some((name) => name.includes('undici'))) found.add('undici');
    console.log(JSON.stringify({ loaded: [...found] }));
  });`;

it('an agent comes online without what only a few need: schemas, YAML, WebSockets, QR codes, an HTTP client', async () => {
  const server = await startServer();
  const { authtoken } = firstRunOf(server);
  const upstream = await startUpstream((_request, response) => void response.end());
  const preload = `data:text/javascript,${encodeURIComponent(tellLoaded)}`;
  const agent = await startAgent(server, upstream.port, { authtoken, env: { NODE_OPTIONS: `--import ${preload}` } });
  const loaded = agent.process.waitFor((line) => (JSON.parse(line) as { loaded?: string[] }).loaded);
  await agent.process.stop();
  expect(await loaded).toEqual(['commander']);
});
