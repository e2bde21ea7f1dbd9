import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserAgentView } from './user-agent-view.ts';

const mozilla = 'Mozilla/5.0';
const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';

test.each([
  [
    'Firefox on Linux',
    `${mozilla} (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0`,
    ['Firefox', '147.0', 'Linux', '', '', 'desktop'],
  ],
  [
    'Chrome on Windows',
    `${mozilla} (Windows NT 10.0; Win64; x64) ${webkit} Chrome/143.0.0.0 Safari/537.36`,
    ['Chrome', '143.0.0.0', 'Windows', '10.0', '', 'desktop'],
  ],
  [
    'Edge on Windows',
    `${mozilla} (Windows NT 10.0; Win64; x64) ${webkit} Chrome/143.0.0.0 Safari/537.36 Edg/143.0.3650.75`,
    ['Edge', '143.0.3650.75', 'Windows', '10.0', '', 'desktop'],
  ],
  [
    'Opera on macOS',
    `${mozilla} (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Chrome/142.0.0.0 Safari/537.36 OPR/126.0.0.0`,
    ['Opera', '126.0.0.0', 'macOS', '10.15.7', '', 'desktop'],
  ],
  [
    'Safari on macOS',
    `${mozilla} (Macintosh; Intel Mac OS X 10_12_6) AppleWebKit/603.3.8 (KHTML, like Gecko) Version/10.1.2 Safari/603.3.8`,
    ['Safari', '10.1.2', 'macOS', '10.12.6', '', 'desktop'],
  ],
  [
    'Safari on an iPhone',
    `${mozilla} (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1`,
    ['Safari', '26.1', 'iOS', '18.7', 'iPhone', 'mobile'],
  ],
  [
    'Chrome on an iPad',
    `${mozilla} (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/143.0.7499.92 Mobile/15E148 Safari/604.1`,
    ['Chrome', '143.0.7499.92', 'iOS', '17.7', 'iPad', 'tablet'],
  ],
  [
    'Chrome on an Android phone',
    `${mozilla} (Linux; Android 14; Pixel 8 Build/UQ1A) ${webkit} Chrome/143.0.0.0 Mobile Safari/537.36`,
    ['Chrome', '143.0.0.0', 'Android', '14', 'Pixel 8', 'mobile'],
  ],
  [
    'an Android tablet',
    `${mozilla} (Linux; Android 13; SM-X906C) ${webkit} SamsungBrowser/28.0 Chrome/130.0.0.0 Safari/537.36`,
    ['Samsung Browser', '28.0', 'Android', '13', 'SM-X906C', 'tablet'],
  ],
  [
    'Chrome OS',
    `${mozilla} (X11; CrOS x86_64 14541.0.0) ${webkit} Chrome/143.0.0.0 Safari/537.36`,
    ['Chrome', '143.0.0.0', 'Chrome OS', '14541.0.0', '', 'desktop'],
  ],
  [
    'Internet Explorer 11',
    `${mozilla} (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko`,
    ['Internet Explorer', '11.0', 'Windows', '6.1', '', 'desktop'],
  ],
  ['curl', 'curl/8.9.1', ['curl', '8.9.1', '', '', '', '']],
  ['a program without a version', 'MyClient', ['MyClient', '', '', '', '', '']],
  ['nothing', '', ['', '', '', '', '', '']],
])('UserAgentView of %s', (_name, raw, expected) => {
  const view = new UserAgentView(raw);
  const kind = view.is_mobile ? 'mobile' : view.is_tablet ? 'tablet' : view.is_desktop ? 'desktop' : '';
  expect([view.name, view.version, view.os, view.os_version, view.device, kind]).toEqual(expected);
  expect(view.is_bot).toBe(false);
});

test.each([
  [
    `${mozilla} (compatible; Googlebot/2.1; +http://www.google.com/bot.html)`,
    'Googlebot',
    'http://www.google.com/bot.html',
  ],
  [
    `${mozilla} (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)`,
    'bingbot',
    'http://www.bing.com/bingbot.htm',
  ],
  [
    'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
    'facebookexternalhit',
    'http://www.facebook.com/externalhit_uatext.php',
  ],
  ['Twitterbot/1.0', 'Twitterbot', ''],
  [
    `${mozilla} (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)`,
    'Slurp',
    'http://help.yahoo.com/help/us/ysearch/slurp',
  ],
])('UserAgentView of the bot %s', (raw, name, url) => {
  const view = new UserAgentView(raw);
  expect([view.is_bot, view.name, view.url]).toEqual([true, name, url]);
  expect([view.is_mobile, view.is_tablet, view.is_desktop]).toEqual([false, false, false]);
});

test('UserAgentView takes anything', () => {
  const word = fc.constantFrom(
    'Mozilla/5.0',
    '(',
    ')',
    ';',
    '/',
    'Android',
    'iPhone OS',
    '1_2',
    'bot',
    ' ',
    'http://',
    'x'.repeat(99),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word, { maxLength: 200 }).map((words) => words.join('')),
      ),
      (raw) => {
        const view = new UserAgentView(raw);
        expect(
          [view.name, view.version, view.os, view.os_version, view.device, view.url].every(
            (text) => typeof text === 'string',
          ),
        ).toBe(true);
      },
    ),
  );
});
