import { expect, it } from 'vitest';
import { parseUpstreamProbeReply, parseUpstreamProbeRequest } from './parse-message.ts';

it('reads the question about an upstream, whatever it leaves out', () => {
  expect(parseUpstreamProbeRequest({ id: 'ep_1' })).toEqual({ Id: 'ep_1', ProxyProto: 0 });
  expect(parseUpstreamProbeRequest({ Id: 'ep_1', ProxyProto: 2 })).toEqual({ Id: 'ep_1', ProxyProto: 2 });
  expect(() => parseUpstreamProbeRequest([])).toThrow(expect.objectContaining({ code: 9400 }));
});

it('reads the answer, and takes no state that is not declared', () => {
  expect(parseUpstreamProbeReply({ State: 'refused', Milliseconds: 1.7 })).toEqual({
    State: 'refused',
    Milliseconds: 1,
  });
  for (const answer of [{}, { State: 'fine' }, { Error: 'no' }]) {
    expect(() => parseUpstreamProbeReply(answer)).toThrow(expect.objectContaining({ code: 9303 }));
  }
});
