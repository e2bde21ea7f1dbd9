/** Longer ones are cut: no browser's is, and the rest is nothing anybody decides on. */
const maxChars = 1_000;

/** `user_agent`: a `User-Agent` header taken apart. What it says is the visitor's claim. */
export class UserAgentView {
  readonly #raw: string;
  #facts: Facts | undefined;

  constructor(raw: string) {
    this.#raw = raw.slice(0, maxChars);
  }

  get name(): string {
    return this.#read().name;
  }

  get version(): string {
    return this.#read().version;
  }

  get os(): string {
    return this.#read().os;
  }

  get os_version(): string {
    return this.#read().osVersion;
  }

  get device(): string {
    return this.#read().device;
  }

  get is_mobile(): boolean {
    return this.#read().kind === 'mobile';
  }

  get is_tablet(): boolean {
    return this.#read().kind === 'tablet';
  }

  get is_desktop(): boolean {
    return this.#read().kind === 'desktop';
  }

  get is_bot(): boolean {
    return this.#read().isBot;
  }

  /** The first address in it, as bots have to tell about themselves; empty: none. */
  get url(): string {
    return this.#read().url;
  }

  #read(): Facts {
    this.#facts ??= readUserAgent(this.#raw);
    return this.#facts;
  }
}

interface Facts {
  readonly name: string;
  readonly version: string;
  readonly os: string;
  readonly osVersion: string;
  readonly device: string;
  readonly kind: 'mobile' | 'tablet' | 'desktop' | '';
  readonly isBot: boolean;
  readonly url: string;
}

/** Word in the header → name. The first that is there counts: many browsers name those they are like as well. */
const browsers: readonly (readonly [word: string, name: string])[] = [
  ['Edg', 'Edge'],
  ['EdgA', 'Edge'],
  ['EdgiOS', 'Edge'],
  ['Edge', 'Edge'],
  ['OPR', 'Opera'],
  ['OPiOS', 'Opera'],
  ['Opera', 'Opera'],
  ['Vivaldi', 'Vivaldi'],
  ['YaBrowser', 'Yandex Browser'],
  ['SamsungBrowser', 'Samsung Browser'],
  ['HeadlessChrome', 'Headless Chrome'],
  ['FxiOS', 'Firefox'],
  ['Firefox', 'Firefox'],
  ['CriOS', 'Chrome'],
  ['Chrome', 'Chrome'],
  ['MSIE', 'Internet Explorer'],
  ['Trident', 'Internet Explorer'],
];

/** Pattern over the comment in parentheses → system. Each captures the version, if there is one. */
const systems: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Windows Phone', /Windows Phone(?: OS)? ?([\d.]*)/],
  ['Windows', /Windows NT ([\d.]+)/],
  ['Windows', /Windows()/],
  ['Android', /Android ?([\d.]*)/],
  ['iOS', /(?:iPhone|iPad|iPod).{0,80}? OS ([\d_]+)/],
  ['iOS', /(?:iPhone|iPad|iPod)()/],
  ['macOS', /Mac OS X ?([\d_.]*)/],
  ['Chrome OS', /CrOS \S{1,20} ([\d.]+)/],
  ['FreeBSD', /FreeBSD()/],
  ['Linux', /Linux()/],
];

/** Words of programs that fetch pages by themselves. */
const botWord =
  /bot\b|bot[/;_ -]|crawl|spider|slurp|fetcher|preview|facebookexternalhit|mediapartners|monitoring|https?:\/\//i;
const product = /([\w.!#$%&'*+^`|~-]{1,64})\/([\w.-]{1,64})/g;

function readUserAgent(raw: string): Facts {
  const comment = /\(([^()]*)\)/.exec(raw)?.[1] ?? '';
  const products = new Map([...raw.matchAll(product)].map(([, name = '', version = '']) => [name, version]));
  const isBot = botWord.test(raw);
  const [os, osVersion] = systemOf(comment);
  const [name, version] = (isBot ? botOf(raw, products) : undefined) ?? browserOf(raw, products);
  const kind = isBot ? '' : kindOf(raw, os);
  return { name, version, os, osVersion, device: deviceOf(comment), kind, isBot, url: urlOf(raw) };
}

type Named = readonly [name: string, version: string];

function browserOf(raw: string, products: ReadonlyMap<string, string>): Named {
  for (const [word, name] of browsers) {
    const version = products.get(word) ?? (word === 'MSIE' ? /MSIE ([\d.]+)/.exec(raw)?.[1] : undefined);
    if (version !== undefined) return [name, word === 'Trident' ? (/rv:([\d.]+)/.exec(raw)?.[1] ?? version) : version];
  }
  if (products.has('Safari')) return ['Safari', products.get('Version') ?? ''];
  const [first] = products;
  return first ?? [raw.split(/[\s/(]/, 1)[0] ?? '', ''];
}

function botOf(raw: string, products: ReadonlyMap<string, string>): Named | undefined {
  for (const [name, version] of products) if (name !== 'Mozilla' && botWord.test(`${name}/`)) return [name, version];
  const word = /\b[\w-]{0,40}(?:bot|crawler|spider|slurp)\b/i.exec(raw)?.[0];
  return word === undefined ? undefined : [word, ''];
}

function systemOf(comment: string): Named {
  for (const [name, pattern] of systems) {
    const found = pattern.exec(comment);
    if (found) return [name, (found[1] ?? '').replaceAll('_', '.')];
  }
  return ['', ''];
}

function kindOf(raw: string, os: string): Facts['kind'] {
  if (/iPad|Tablet|Kindle|Silk\//.test(raw) || (os === 'Android' && !/Mobile/.test(raw))) return 'tablet';
  if (os === 'iOS' || os === 'Android' || os === 'Windows Phone' || /Mobile/.test(raw)) return 'mobile';
  return os === '' ? '' : 'desktop';
}

/** `iPhone`, or the model that phones with Android name: what stands before `Build/`, or last. */
function deviceOf(comment: string): string {
  const apple = /\b(?:iPhone|iPad|iPod)\b/.exec(comment)?.[0];
  if (apple !== undefined) return apple;
  const parts = comment.split(';').map((part) => part.trim());
  const at = parts.findIndex((part) => part.startsWith('Android'));
  const model = at === -1 ? '' : (parts.slice(at + 1).find((part) => part !== '' && part !== 'wv') ?? '');
  return model.replace(/ Build\/.*$/, '');
}

function urlOf(raw: string): string {
  return /https?:\/\/[^\s;,)"'<>]{1,500}/.exec(raw)?.[0] ?? '';
}
