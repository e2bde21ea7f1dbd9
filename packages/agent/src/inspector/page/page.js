// @ts-check
// The inspector's page. The list follows what the agent tells; details are loaded when a request is chosen.
import { clearRequests, harPath, listRequests, loadCurl, loadDetails, replay } from './api.js';
import { detailsView } from './details.js';
import { button, byId, element } from './element.js';
import { replayForm } from './replay-form.js';
import { RequestList } from './request-list.js';
import { searchQuery } from './search.js';

/**
 * @typedef {import('./api.js').Summary} Summary
 * @typedef {import('./api.js').Details} Details
 */

const main = /** @type {HTMLElement} */ (document.querySelector('main'));
const panel = byId('details');
const query = /** @type {HTMLInputElement} */ (byId('query'));
const searchProblem = byId('search-problem');
const noneYet = byId('empty').textContent;
let isRevealed = false;
let isEditing = false;
let loads = 0;
/** @type {Details | null} */
let shown = null;

const list = new RequestList((id) => {
  isRevealed = false;
  isEditing = false;
  void showDetails(id);
});

async function loadList() {
  const load = ++loads;
  try {
    const found = await listRequests(searchQuery(query.value));
    if (load !== loads) return;
    byId('empty').textContent = query.value.trim() === '' ? noneYet : 'No request matches the search.';
    list.replace(found);
    searchProblem.hidden = true;
  } catch (error) {
    searchProblem.textContent = messageOf(error);
    searchProblem.hidden = false;
  }
}

/** @param {string} id */
async function showDetails(id) {
  main.classList.toggle('is-chosen', id !== '');
  if (id === '') {
    shown = null;
    panel.replaceChildren();
    return;
  }
  try {
    const details = await loadDetails(id, isRevealed);
    if (list.chosen !== id || isEditing) return;
    shown = details;
    showInPanel(detailsView(details, actionsFor(details)));
  } catch (error) {
    shown = null;
    const back = button('Back', goToList, { id: 'back' });
    showInPanel([back, element('p', { className: 'bad', text: messageOf(error), attributes: { role: 'alert' } })]);
  }
}

/**
 * The keyboard stays where it was, on the same button if there is one; where the panel stands in place of the list it goes
 * with it.
 *
 * @param {readonly HTMLElement[]} children
 */
function showInPanel(children) {
  const focused = document.activeElement;
  const takesFocus = panel.contains(focused) || !byId('list').checkVisibility();
  const at = [...panel.querySelectorAll('button')].findIndex((one) => one === focused);
  panel.replaceChildren(...children);
  if (takesFocus) (panel.querySelectorAll('button')[at] ?? panel).focus();
}

/** @param {Details} details */
function actionsFor(details) {
  const { id } = details.summary;
  return {
    replay: () => void sendAgain({ id }),
    edit: () => editAndReplay(details),
    reveal: () => {
      isRevealed = !isRevealed;
      void showDetails(id);
    },
    curl: () => void copyCurl(id),
    har: () => element('a', { attributes: { href: harPath(id, isRevealed), download: '' } }).click(),
    back: goToList,
  };
}

/** @param {Details} details */
function editAndReplay(details) {
  isEditing = true;
  const close = () => {
    isEditing = false;
    void showDetails(details.summary.id);
  };
  const send = /** @param {import('./api.js').Replay} request */ (request) => void sendAgain(request, close);
  const form = replayForm(details, { send, cancel: close });
  panel.replaceChildren(element('h2', { text: 'Edit and replay' }), note(), form);
  form.querySelector('input')?.focus();
}

/**
 * @param {import('./api.js').Replay} request
 * @param {() => void} [done]
 */
async function sendAgain(request, done) {
  say('Sending …');
  try {
    await replay(request);
    done?.();
    say('Sent. Its answer is at the top of the list.');
  } catch (error) {
    say(messageOf(error), 'bad');
  }
}

/** @param {string} id */
async function copyCurl(id) {
  try {
    await navigator.clipboard.writeText(await loadCurl(id, isRevealed));
    say(isRevealed ? 'Copied, with its secrets.' : 'Copied. Secrets are redacted in it.');
  } catch (error) {
    say(messageOf(error), 'bad');
  }
}

function note() {
  return element('p', { id: 'note', className: 'quiet', attributes: { role: 'status' } });
}

/**
 * @param {string} text
 * @param {'quiet' | 'bad'} [className]
 */
function say(text, className = 'quiet') {
  const place = document.getElementById('note');
  if (!place) return;
  place.textContent = text;
  place.className = className;
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : 'Something failed';
}

/** @param {import('./api.js').AgentStatus} agent */
function showStatus({ status, endpoints }) {
  byId('status').textContent = status;
  const items = endpoints.map(({ url, labels, upstream }) => {
    const labelled = Object.entries(labels).map((label) => label.join('='));
    const to = element('span', { className: 'quiet', text: ` → ${upstream.url}` });
    return element('li', {}, [linkTo(url || labelled.join(' ')), to]);
  });
  byId('endpoints').replaceChildren(...items);
}

/** @param {string} url Only of the web is it a link. */
function linkTo(url) {
  if (!/^https?:\/\//.test(url)) return element('span', { text: url });
  return element('a', { text: url, attributes: { href: url, target: '_blank', rel: 'noreferrer noopener' } });
}

/** @param {readonly Summary[]} summaries */
function showChanges(summaries) {
  // Whether a request is found is for the agent to say.
  if (query.value.trim() === '') list.merge(summaries);
  else void loadList();
  const isShownOne = shown !== null && summaries.some(({ id }) => id === list.chosen);
  if (isShownOne && !isEditing) void showDetails(list.chosen);
}

function listen() {
  const events = new EventSource('/api/events');
  const on = /** @param {string} name @param {(data: any) => void} take */ (name, take) =>
    events.addEventListener(name, ({ data }) => take(JSON.parse(data)));
  on('status', showStatus);
  on('captures', showChanges);
  on('reload', () => void loadList());
  // What happened while there was no connection is in the list.
  events.addEventListener('open', () => void loadList());
  events.addEventListener('error', () => {
    const isOver = events.readyState === EventSource.CLOSED;
    byId('status').textContent = isOver
      ? 'New requests are not shown as they come: too many of these pages are open'
      : 'The agent does not answer; trying again';
    if (isOver) void loadList();
  });
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.key === 'Escape') return goBack();
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    if (event.target instanceof HTMLElement && event.target.closest('#details')) return;
    list.move(event.key === 'ArrowDown' ? 1 : -1);
  } else if (event.key === '/') query.focus();
  else if (event.key === 'r' && list.chosen !== '' && !isEditing) void sendAgain({ id: list.chosen });
  else return;
  event.preventDefault();
}

/** One step: out of the form, out of the search, out of the details. */
function goBack() {
  if (isEditing) {
    isEditing = false;
    void showDetails(list.chosen);
  } else if (document.activeElement === query && query.value !== '') {
    query.value = '';
    void loadList();
  } else if (document.activeElement === query) list.focus();
  else goToList();
}

function goToList() {
  list.choose('');
  list.focus();
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}

byId('search').addEventListener('submit', (event) => event.preventDefault());
query.addEventListener('input', () => void loadList());
byId('clear').addEventListener('click', () => {
  clearRequests().then(
    () => list.choose(''),
    (error) => {
      searchProblem.textContent = messageOf(error);
      searchProblem.hidden = false;
    },
  );
});
document.addEventListener('keydown', onKey);
listen();
