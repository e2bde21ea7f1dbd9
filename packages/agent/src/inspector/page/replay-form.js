// @ts-check
import { button, element } from './element.js';

/**
 * @typedef {import('./api.js').Details} Details
 * @typedef {import('./api.js').Replay} Replay
 */

/** By the agent, from the body that is sent. */
const madeAnew = new Set(['content-length', 'transfer-encoding']);

/**
 * A request to change before it is sent again. Only what was changed is sent along, so that what is not shown here (secrets,
 * a body that is no text) stays as it was.
 *
 * @param {Details} details
 * @param {{ send(replay: Replay): void, cancel(): void }} actions
 */
export function replayForm({ summary, target, request }, { send, cancel }) {
  const method = field('input', 'Method', summary.method);
  const path = field('input', 'Path', target);
  const lines = request.headers.filter(([name]) => !madeAnew.has(name.toLowerCase()));
  const headers = field('textarea', 'Headers', lines.map(([name, value]) => `${name}: ${value}`).join('\n'));
  const { text, isTruncated, codings } = request.body;
  const isEditable = text !== null && !isTruncated && codings.length === 0;
  const body = field('textarea', isEditable ? 'Body' : 'Body (empty: as it was)', isEditable ? text : '');
  const form = element('form', { className: 'form', attributes: { 'aria-label': 'Edit and replay' } }, [
    ...[method, path, headers, body].map(({ label }) => label),
    element('div', { className: 'actions' }, [
      element('button', { className: 'main', text: 'Send', attributes: { type: 'submit' } }),
      button('Cancel', cancel),
    ]),
  ]);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    /** @type {Replay} */
    const replay = { id: summary.id };
    if (method.isChanged()) replay.method = method.value();
    if (path.isChanged()) replay.path = path.value();
    if (headers.isChanged()) replay.headers = headerPairs(headers.value());
    if (body.isChanged()) replay.body = body.value();
    send(replay);
  });
  return form;
}

/**
 * @param {'input' | 'textarea'} kind
 * @param {string} name
 * @param {string} value
 */
function field(kind, name, value) {
  const input = element(kind, { attributes: { spellcheck: 'false', autocomplete: 'off' } });
  if (input instanceof HTMLTextAreaElement) input.rows = 6;
  input.value = value;
  // As the browser has it: it may make other line ends of those in the text.
  const before = input.value;
  const label = element('label', {}, [element('span', { text: name }), input]);
  return { label, value: () => input.value, isChanged: () => input.value !== before };
}

/**
 * @param {string} text
 * @returns {[string, string][]}
 */
function headerPairs(text) {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const colon = line.indexOf(':');
      return colon === -1 ? [line.trim(), ''] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    });
}
