// @ts-check
import { byId, element } from './element.js';
import { durationText, outcome } from './units.js';

/** @typedef {import('./api.js').Summary} Summary */

const maxShown = 500;

/** The list of requests, newest first. It is one stop for the keyboard; arrows move within it. */
export class RequestList {
  #list = byId('list');
  #empty = byId('empty');
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();
  #chosen = '';
  /** @type {(id: string) => void} */
  #onChoose;

  /** @param {(id: string) => void} onChoose Told of the id; an empty one when nothing is chosen any more. */
  constructor(onChoose) {
    this.#onChoose = onChoose;
    this.#list.addEventListener('keydown', (event) => {
      if (event.key === 'Home' || event.key === 'End') this.#chooseAt(event.key === 'Home' ? 0 : this.#rows.size - 1);
    });
  }

  get chosen() {
    return this.#chosen;
  }

  /** @param {readonly Summary[]} summaries Newest first. */
  replace(summaries) {
    this.#rows = new Map(summaries.map((summary) => [summary.id, this.#row(summary)]));
    this.#list.replaceChildren(...this.#rows.values());
    this.#update();
  }

  /** @param {readonly Summary[]} summaries Oldest first; those that are not shown yet come on top. */
  merge(summaries) {
    for (const summary of summaries) {
      const row = this.#row(summary);
      const before = this.#rows.get(summary.id);
      if (before) before.replaceWith(row);
      else this.#list.prepend(row);
      this.#rows.set(summary.id, row);
    }
    for (
      let last = this.#list.lastElementChild;
      this.#rows.size > maxShown && last;
      last = this.#list.lastElementChild
    ) {
      this.#rows.delete(idOf(last));
      last.remove();
    }
    this.#update();
  }

  /** @param {number} step 1: the one below. */
  move(step) {
    const rows = [...this.#list.children];
    const at = rows.findIndex((row) => idOf(row) === this.#chosen);
    this.#chooseAt(at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step)));
  }

  /** @param {string} id */
  choose(id) {
    this.#chosen = id;
    this.#update();
    this.#rows.get(id)?.scrollIntoView({ block: 'nearest' });
    this.#onChoose(id);
  }

  focus() {
    this.#list.focus();
  }

  /** @param {number} at */
  #chooseAt(at) {
    const row = this.#list.children[at];
    if (row) this.choose(idOf(row));
  }

  #update() {
    const isEmpty = this.#rows.size === 0;
    this.#empty.hidden = !isEmpty;
    this.#list.hidden = isEmpty;
    for (const [id, row] of this.#rows) row.setAttribute('aria-selected', String(id === this.#chosen));
    if (this.#rows.has(this.#chosen)) this.#list.setAttribute('aria-activedescendant', `request-${this.#chosen}`);
    else this.#list.removeAttribute('aria-activedescendant');
  }

  /** @param {Summary} summary */
  #row(summary) {
    const { text, className } = outcome(summary);
    const parts = [
      element('span', { className: 'method', text: summary.method }),
      element('span', { className: 'target', text: (summary.replayOf === null ? '' : '↻ ') + summary.target }),
      element('span', { className: `code ${className}`, text }),
      element('span', { className: 'duration quiet', text: durationText(summary.durationMs) }),
    ];
    const attributes = { role: 'option', 'aria-selected': 'false', title: summary.target };
    const onClick = () => this.choose(summary.id);
    return element('div', { className: 'request', id: `request-${summary.id}`, attributes, onClick }, parts);
  }
}

/** @param {Element} row */
function idOf(row) {
  return row.id.slice('request-'.length);
}
