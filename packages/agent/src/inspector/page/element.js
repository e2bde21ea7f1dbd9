// @ts-check
/**
 * Makes an element. Text only ever becomes text: nothing on this page is parsed as HTML.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {{ text?: string, className?: string, id?: string, attributes?: Record<string, string>, onClick?: () => void }} [options]
 * @param {readonly Node[]} [children]
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, { text, className, id, attributes = {}, onClick } = {}, children = []) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className !== undefined) made.className = className;
  if (id !== undefined) made.id = id;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (onClick) made.addEventListener('click', onClick);
  made.append(...children);
  return made;
}

/**
 * The element of the page with this id.
 *
 * @template {HTMLElement} [Type=HTMLElement]
 * @param {string} id
 * @returns {Type}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new TypeError(`There is no element "${id}"`);
  return /** @type {Type} */ (found);
}

/**
 * @param {string} text
 * @param {() => void} onClick
 * @param {{ id?: string, className?: string }} [options]
 */
export function button(text, onClick, options = {}) {
  return element('button', { text, onClick, attributes: { type: 'button' }, ...options });
}
