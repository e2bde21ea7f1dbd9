// What keeps somebody from using a page, as far as a program can see it.
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { contrast } from './contrast.ts';

interface Measured {
  readonly texts: { text: string; color: string; background: string }[];
  readonly unnamed: string[];
  readonly ids: string[];
  readonly small: string[];
  readonly wide: string[];
  readonly scrollers: string[];
  readonly scrollWidth: number;
  readonly headings: number[];
  readonly moving: string[];
}

/** Runs in the page; text, because tests have no types of a browser. */
const measure = `(() => {
  const all = [...document.body.querySelectorAll('*')].filter((element) => element.checkVisibility());
  const groundOf = (element) => {
    let ground = element;
    while (ground.parentElement && getComputedStyle(ground).backgroundColor === 'rgba(0, 0, 0, 0)') ground = ground.parentElement;
    return getComputedStyle(ground).backgroundColor;
  };
  const ownText = (element) =>
    [...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).map(({ data }) => data).join('').trim();
  const say = (element) => element.tagName + '#' + element.id + '.' + element.className;
  const named = (element) =>
    element.getAttribute('aria-label') || element.textContent.trim() || (element.labels && element.labels.length > 0);
  const controls = all.filter((element) => element.matches('button, input, textarea, a, [role=listbox], [role=option], [role=region], section, form'));
  const box = (element) => element.getBoundingClientRect();
  return {
    texts: all.filter((element) => ownText(element) !== '').map((element) => ({
      text: ownText(element).slice(0, 40), color: getComputedStyle(element).color, background: groundOf(element),
    })),
    unnamed: controls.filter((element) => !named(element)).map(say),
    ids: [...document.querySelectorAll('[id]')].map(({ id }) => id),
    small: all.filter((element) => element.matches('button, input, [role=option]') && box(element).height < 24).map(say),
    wide: all.filter((element) => box(element).right > innerWidth + 1).map(say),
    scrollers: all.filter((element) => /auto|scroll/.test(getComputedStyle(element).overflowY) && element.scrollHeight > element.clientHeight + 1
      && element.tabIndex < 0 && !element.querySelector('a[href], button')).map(say),
    scrollWidth: document.documentElement.scrollWidth,
    moving: all.filter((element) => getComputedStyle(element).animationName !== 'none'
      || getComputedStyle(element).transitionDuration !== '0s').map(say),
    headings: all.filter(({ tagName }) => /^H[1-6]$/.test(tagName)).map(({ tagName }) => Number(tagName[1])),
  };
})()`;

/** What everybody needs: names, contrast, places, nothing that moves. Answers the backgrounds that were seen. */
export async function expectAccessible(page: Page, width: number): Promise<string[]> {
  const found = await page.evaluate<Measured>(measure);
  expect(found).toMatchObject({ unnamed: [], small: [], wide: [], scrollers: [], moving: [] });
  expect(new Set(found.ids).size).toBe(found.ids.length);
  expect(found.scrollWidth).toBeLessThanOrEqual(width);
  for (const [at, level] of found.headings.entries())
    expect(level - (found.headings[at - 1] ?? 0)).toBeLessThanOrEqual(1);
  for (const { text, color, background } of found.texts) {
    expect(contrast(color, background), `${text}: ${color} on ${background}`).toBeGreaterThanOrEqual(4.5);
  }
  return found.texts.map(({ background }) => background);
}

interface FocusStop {
  readonly what: string;
  readonly isInView: boolean;
  readonly outline: string;
  readonly outlineWidth: string;
  readonly outlineStyle: string;
  readonly background: string;
}

/** Kept in the page: to find all of them again at every stop takes longer than the rest of the test. */
const nameFocusable = `(() => {
  const focusable = [...document.querySelectorAll('a[href], button, input, textarea, [tabindex="0"]')]
    .filter((element) => element.checkVisibility());
  globalThis.namesOfFocusable = new Map(focusable.map((element, at) => [element, element.tagName + at]));
  return [...namesOfFocusable.values()];
})()`;

const focusStop = `(() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const { left, top, right, bottom } = element.getBoundingClientRect();
  let ground = element.parentElement;
  while (ground.parentElement && getComputedStyle(ground).backgroundColor === 'rgba(0, 0, 0, 0)') ground = ground.parentElement;
  const { outlineColor, outlineWidth, outlineStyle } = getComputedStyle(element);
  return {
    what: namesOfFocusable.get(element) ?? element.tagName, outline: outlineColor, outlineWidth, outlineStyle,
    isInView: right > 0 && bottom > 0 && left < innerWidth && top < innerHeight,
    background: getComputedStyle(ground).backgroundColor,
  };
})()`;

/** Tab goes to each control once, in the order of the page, and everybody sees where it is. */
export async function expectFocusVisible(page: Page): Promise<void> {
  await page.evaluate(`document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')`);
  const expected = await page.evaluate<string[]>(nameFocusable);
  const stops: string[] = [];
  for (let at = 0; at <= expected.length; at++) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate<FocusStop | null>(focusStop);
    if (stop === null) break;
    stops.push(stop.what);
    expect(stop).toMatchObject({ isInView: true, outlineStyle: 'solid', outlineWidth: '2px' });
    expect(contrast(stop.outline, stop.background), stop.what).toBeGreaterThanOrEqual(3);
  }
  expect(stops).toEqual(expected);
}

/** What axe finds, rule and place; text, because tests have no types of a browser. */
export async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const { violations, passes } = await page.evaluate<axe.AxeResults>(
    `axe.run(document, ${JSON.stringify({ runOnly: tags, resultTypes: ['violations'] })})`,
  );
  // Rules that found nothing to look at would pass as well.
  expect(passes.length).toBeGreaterThan(20);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, html }) => `${id}: ${target.join()} ${html}`));
}
