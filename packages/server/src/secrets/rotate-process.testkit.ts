// A program for tests that need a second process: `rotate-process.testkit.ts <file> <times>` rotates so often and prints one
// line each: the id of the new key, or "refused <code>".
import { AditError } from '@adit/contracts';
import { openKeyRing } from './open-key-ring.ts';

const [, , file = '', times] = process.argv;
const ring = await openKeyRing({ file }, []);
for (let i = 0; i < Number(times); i++) {
  console.log(
    await ring
      .rotateKey()
      .catch((error: unknown) => `refused ${error instanceof AditError ? error.code : String(error)}`),
  );
}
