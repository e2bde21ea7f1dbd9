import { z } from 'zod';

const form = /^(\d{1,5})(?:-(\d{1,5}))?$/;
const maxPort = 65_535;
const mustBe = 'must be two ports such as 20000-20999, or "none"';

/** `20000-20999`, a single port, or `none`: null. */
export const portRange = z.union([z.string(), z.number()], mustBe).transform((given, context) => {
  // In a file a single port is a number.
  const text = String(given);
  if (text === 'none') return null;
  const [, first = '', last = first] = form.exec(text) ?? [];
  const range = { first: Number(first), last: Number(last) };
  if (first !== '' && range.first > 0 && range.first <= range.last && range.last <= maxPort) return range;
  context.addIssue({ code: 'custom', message: mustBe });
  return z.NEVER;
});
