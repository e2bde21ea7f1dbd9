// @ts-check
/**
 * @typedef {import('../show/capture-summary.ts').CaptureSummary} Summary
 * @typedef {import('../show/capture-details.ts').CaptureDetails} Details
 * @typedef {import('../show/capture-details.ts').BodyDetails} Body
 * @typedef {{ name: string, url: string, labels: Record<string, string>, upstream: { url: string } }} Endpoint
 * @typedef {{ status: string, endpoints: Endpoint[] }} AgentStatus
 * @typedef {{ id: string, method?: string, path?: string, headers?: [string, string][], body?: string }} Replay
 */

/**
 * @param {URLSearchParams} query
 * @returns {Promise<Summary[]>}
 */
export async function listRequests(query) {
  return (await (await ask(`/api/captures?${query}`)).json()).captures;
}

/**
 * @param {string} id
 * @param {boolean} isRevealed
 * @returns {Promise<Details>}
 */
export async function loadDetails(id, isRevealed) {
  return (await ask(pathOf(id, '', isRevealed))).json();
}

/**
 * @param {string} id
 * @param {boolean} isRevealed
 */
export async function loadCurl(id, isRevealed) {
  return (await ask(pathOf(id, '/curl', isRevealed))).text();
}

/**
 * @param {string} id
 * @param {boolean} isRevealed
 */
export function harPath(id, isRevealed) {
  return pathOf(id, '/har', isRevealed);
}

/** @param {Replay} body */
export async function replay(body) {
  await ask('/api/requests/http', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
}

export async function clearRequests() {
  await ask('/api/requests/http', { method: 'DELETE' });
}

/**
 * @param {string} id
 * @param {string} part
 * @param {boolean} isRevealed
 */
function pathOf(id, part, isRevealed) {
  return `/api/captures/${encodeURIComponent(id)}${part}${isRevealed ? '?reveal=true' : ''}`;
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @throws {Error} With a message for people.
 */
async function ask(path, options) {
  const response = await fetch(path, options).catch(() => {
    throw new Error('The agent does not answer. Is it still running?');
  });
  if (response.ok) return response;
  const { msg } = await response.json().catch(() => ({ msg: `The agent answered ${response.status}` }));
  throw new Error(msg);
}
