// @ts-check
import { button, element } from './element.js';
import { bytesText, durationText, grpcText, outcome } from './units.js';

/**
 * @typedef {import('./api.js').Details} Details
 * @typedef {import('./api.js').Body} Body
 * @typedef {{ replay(): void, edit(): void, reveal(): void, curl(): void, har(): void, back(): void }} Actions
 */

/**
 * Everything about one request.
 *
 * @param {Details} details
 * @param {Actions} actions
 * @returns {HTMLElement[]}
 */
export function detailsView(details, actions) {
  const { summary, target, request, answer } = details;
  const { text, className } = outcome(summary);
  const reason = answer?.reason ? ` ${answer.reason}` : '';
  return [
    element('h2', { className: 'title' }, [
      element('span', { text: `${summary.method} ${target} ` }),
      element('span', { className, text: text + reason }),
    ]),
    actionRow(details, actions),
    element('p', { id: 'note', className: 'quiet', attributes: { role: 'status' } }),
    factList(factsOf(details)),
    ...(details.query.length === 0 ? [] : [element('h3', { text: 'Query' }), factList(details.query)]),
    messageView('Request', request),
    ...(answer ? [messageView('Answer', answer)] : []),
  ];
}

/**
 * @param {Details} details
 * @param {Actions} actions
 */
function actionRow({ hasSecrets, isRevealed }, actions) {
  const buttons = [
    button('Back', actions.back, { id: 'back' }),
    button('Replay', actions.replay, { className: 'main' }),
    button('Edit and replay', actions.edit),
    button('Copy as curl', actions.curl),
    button('Save as HAR', actions.har),
  ];
  if (hasSecrets) buttons.push(button(isRevealed ? 'Hide secrets' : 'Show secrets', actions.reveal));
  return element('div', { className: 'actions' }, buttons);
}

/**
 * @param {Details} details
 * @returns {[string, string][]}
 */
function factsOf({ summary, remoteAddress, problem, timing }) {
  const times = [
    `request ${durationText(timing.sendMs)}`,
    `waiting ${durationText(timing.waitMs)}`,
    `answer ${durationText(timing.receiveMs)}`,
  ];
  /** @type {[string, string][]} */
  const facts = [
    ['From', remoteAddress],
    ['Endpoint', summary.endpointName],
    ['At', new Date(summary.startMs).toLocaleString()],
    ['Took', `${durationText(summary.durationMs)} (${times.join(', ')})`],
  ];
  if (summary.grpcStatus !== null) facts.push(['gRPC', `${grpcText(summary.grpcStatus)} (HTTP ${summary.status})`]);
  if (problem !== null) facts.push(['Cut off', problem]);
  if (summary.state === 'switched') facts.push(['Switched', 'to another protocol; not seen any further']);
  return facts;
}

/**
 * @param {string} title
 * @param {import('./api.js').Details['request']} message
 */
function messageView(title, { version, headers, trailers, body }) {
  /** @type {HTMLElement[]} */
  const parts = [
    element('h2', { text: `${title} (HTTP/${version})` }),
    element('h3', { text: 'Headers' }),
    factList(headers),
  ];
  if (trailers.length > 0) parts.push(element('h3', { text: 'Trailers' }), factList(trailers));
  parts.push(element('h3', { text: `Body: ${bodyTitle(body)}` }), ...bodyView(title, body));
  return element('div', { className: 'message' }, parts);
}

/** @param {Body} body */
function bodyTitle({ totalBytes, isTruncated, codings }) {
  if (totalBytes === 0) return 'none';
  const coded = codings.length === 0 ? '' : `, ${codings.join(', ')}`;
  return `${bytesText(totalBytes)}${coded}${isTruncated ? ', only its beginning is shown' : ''}`;
}

/**
 * @param {string} title
 * @param {Body} body
 */
function bodyView(title, { totalBytes, problem, text, hex, json }) {
  if (totalBytes === 0) return [];
  const parts = [];
  if (problem !== null) parts.push(element('p', { className: 'bad', text: `Cannot decode all of it: ${problem}` }));
  if (json && 'problem' in json) {
    const { line, column } = json;
    const where = `line ${line}, column ${column}`;
    parts.push(element('p', { className: 'bad', text: `Not valid JSON: at ${where} ${json.problem}` }));
  }
  const shown = json && 'text' in json ? json.text : (text ?? hexRows(hex));
  const attributes = { tabindex: '0', role: 'region', 'aria-label': `${title} body` };
  return [...parts, element('pre', { text: shown, attributes })];
}

/** @param {string} hex */
function hexRows(hex) {
  return hex.replaceAll(/(.{32})/g, '$1\n').replaceAll(/(..)(?!\n|$)/g, '$1 ');
}

/** @param {readonly (readonly [string, string])[]} pairs */
function factList(pairs) {
  const parts = pairs.flatMap(([name, value]) => [element('dt', { text: name }), element('dd', { text: value })]);
  return element('dl', { className: 'facts' }, parts);
}
