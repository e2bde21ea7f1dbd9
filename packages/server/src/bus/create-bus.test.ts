import { busSuite } from './bus-suite.testkit.ts';
import { createBus } from './create-bus.ts';

busSuite('createBus()', async (log) => ({ bus: createBus(log), dispose: async () => {} }));
