import { describe, expect, it } from 'vitest';
import { parseEndpointOptions } from './endpoint-options.ts';

describe('options of tcp and tls', () => {
  it('are empty when nothing is set', () => {
    expect(parseEndpointOptions({ Addr: null, MutualTLSAtAgent: null, HostHeader: null })).toMatchObject({
      ...{ Addr: '', TLSTermination: null, MutualTLSAtAgent: false, HostHeader: '' },
    });
  });

  it.each([
    [{ TLSTermination: {} }, { cert: '', key: '', sealed_key: '' }],
    [
      { TLSTermination: { cert: 'Yw==', key: 'aw==', sealed_key: null } },
      { cert: 'Yw==', key: 'aw==', sealed_key: '' },
    ],
    [{ tlstermination: { Cert: 'Yw==', KEY: 'aw==' } }, { cert: 'Yw==', key: 'aw==', sealed_key: '' }],
  ])('read %j', (opts, termination) => {
    expect(parseEndpointOptions(opts).TLSTermination).toEqual(termination);
  });

  it.each([[{ TLSTermination: 'hush' }], [{ TLSTermination: { key: ['hush'] } }], [{ Addr: ['hush'] }]])(
    'of another shape, as in %j, are refused without their values',
    (opts) => {
      const told = { code: 301, message: expect.not.stringContaining('hush') };
      expect(() => parseEndpointOptions(opts)).toThrow(expect.objectContaining(told));
    },
  );
});
