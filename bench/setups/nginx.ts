import { mkdtempSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { SetupKind } from '../job.ts';
import { findProgram, freePort, start, waitForPort } from '../processes/child.ts';
import { type Certificate, makeCertificate } from './certificate.ts';
import { startedSetup } from './started.ts';

/** nginx as a one-hop TLS proxy: workers = cores, kept-alive connections to the origin. */
export const nginx: SetupKind = {
  name: 'nginx',
  canDelayAgent: false,
  async start({ originPort, workDir }) {
    const program = findProgram('nginx');
    if (!program) return undefined;
    const dir = mkdtempSync(join(workDir, 'nginx-'));
    const port = await freePort();
    const certificate = makeCertificate(dir);
    const configuration = nginxConfiguration({ dir, port, originPort }, certificate);
    writeFileSync(join(dir, 'nginx.conf'), configuration);
    const edge = start(program, ['-p', dir, '-c', join(dir, 'nginx.conf'), '-e', join(dir, 'error.log')]);
    await waitForPort(port);
    const target = { port, tls: true, serverName: 'localhost', ca: certificate.ca, hostHeader: 'localhost' };
    return startedSetup({ name: 'nginx', configuration, target, edge });
  },
};

interface Place {
  readonly dir: string;
  readonly port: number;
  readonly originPort: number;
}

/** Nothing is buffered, as nothing that tunnels may be: the memory and the first byte are compared too. */
function nginxConfiguration({ dir, port, originPort }: Place, { certFile, keyFile }: Certificate): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${dir}/${kind};`,
  );
  return `daemon off;
worker_processes ${availableParallelism()};
worker_rlimit_nofile 65536;
pid ${dir}/nginx.pid;
events { worker_connections 16384; }
http {
  access_log off;
  ${temporary.join('\n  ')}
  client_max_body_size 0;
  map $http_upgrade $connection_to_origin { default upgrade; '' ''; }
  upstream origin { server 127.0.0.1:${originPort}; keepalive 256; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port} ssl http2 backlog=4096;
    server_name localhost;
    ssl_certificate ${certFile};
    ssl_certificate_key ${keyFile};
    ssl_protocols TLSv1.2 TLSv1.3;
    keepalive_requests 100000000;
    keepalive_timeout 600s;
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_to_origin;
      proxy_set_header Host $host;
      proxy_buffering off;
      proxy_request_buffering off;
    }
  }
}
`;
}
