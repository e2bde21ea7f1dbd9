import { expect, it } from 'vitest';
import { coloured, plain, type Welcome, welcomeText } from './welcome.ts';

const welcome: Welcome = {
  url: 'https://demo.localhost:8443',
  upstream: 'the demo service',
  caFile: '.adit/tls/ca.pem',
  agentConfig: '.adit/agent.yml',
  dataDir: '.adit',
  firstRun: null,
  api: 'https://localhost:4001',
  qrCode: [],
  paint: plain,
};
const firstRun = { apiKey: 'adit_ak_x', authtoken: 'adit_at_x' };

it('welcomeText() shows the address, a curl line that can be copied, and how to stop', () => {
  const text = welcomeText(welcome);
  expect(text).toContain('https://demo.localhost:8443  →  the demo service\n');
  expect(text).toContain('curl --cacert .adit/tls/ca.pem https://demo.localhost:8443/\n');
  expect(text).toContain('Stop: Ctrl-C');
});

it('welcomeText() shows the secrets of a first run, and no others', () => {
  expect(welcomeText({ ...welcome, firstRun })).toMatch(/API key +adit_ak_x\n.*authtoken.* adit_at_x/);
  expect(welcomeText(welcome)).not.toMatch(/adit_a[kt]_/);
});

it('welcomeText() quotes a path that a shell would take apart', () => {
  expect(welcomeText({ ...welcome, caFile: "it's here/ca.pem" })).toContain(
    `curl --cacert 'it'\\''s here/ca.pem' https:`,
  );
});

it('welcomeText() paints the QR code dark on light, line by line', () => {
  const text = welcomeText({ ...welcome, qrCode: ['▀ ', ' █'], paint: coloured });
  expect(text.endsWith('\n\n\x1b[38;5;16;48;5;231m▀ \x1b[0m\n\x1b[38;5;16;48;5;231m █\x1b[0m\n')).toBe(true);
});

it('welcomeText() has no colour where none is wanted', () => {
  expect(welcomeText({ ...welcome, firstRun, qrCode: ['▀ '] })).not.toContain('\x1b');
});
