// A process with a session of the unmodified `@ngrok/ngrok`, for tests that kill it. Arguments: server address, CA file, host
// name, port of the service; the authtoken comes in the environment. Prints the URL.
import { readFile } from 'node:fs/promises';
import ngrok from '@ngrok/ngrok';

const [serverAddress = '', caFile = '', host = '', port = ''] = process.argv.slice(2);
const session = await new ngrok.SessionBuilder()
  .authtoken(process.env['TEST_AUTHTOKEN'] ?? '')
  .serverAddr(serverAddress)
  .caCert(await readFile(caFile))
  .connect();
const builder = session.httpEndpoint().domain(host).poolingEnabled(true);
const listener = await builder.listenAndForward(`http://127.0.0.1:${port}`);
console.log(listener.url());
// The library's own threads do not keep the process alive.
setInterval(() => {}, 2 ** 30);
