// A process of its own that creates authtokens without pause and writes down, with fsync, the id of each one that the
// server acknowledged. It lives through the server's deaths; only what it has written counts as acknowledged.
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

const { RECORD = '', API = '', CA = '', API_KEY = '' } = process.env;
const ca = readFileSync(CA);
const file = openSync(RECORD, 'a');
process.on('exit', () => closeSync(file));

for (;;) {
  const id = await create().catch(() => undefined);
  if (id === undefined) await sleep(20);
  else {
    writeSync(file, `${id}\n`);
    fsyncSync(file);
  }
}

function create(): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' };
    const sent = request(
      `${API}/credentials`,
      { method: 'POST', ca, headers },
      (answer) => void read(answer).then(resolve, reject),
    );
    sent.on('error', reject).end('{"description":"recorded"}');
  });
}

async function read(answer: IncomingMessage): Promise<string | undefined> {
  let body = '';
  for await (const chunk of answer.setEncoding('utf8')) body += chunk as string;
  return answer.statusCode === 201 ? (JSON.parse(body) as { id: string }).id : undefined;
}
