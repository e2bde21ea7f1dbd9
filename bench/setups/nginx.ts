import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { findProgram, freePort, start, waitForPort } from '../child.ts';
import type { StartSetup } from '../job.ts';

/** nginx as a one-hop TLS proxy: workers = cores, kept-alive connections to the origin. */
export const startNginx: StartSetup = async (originPort, workDir) => {
  const program = findProgram('nginx');
  if (!program) return undefined;
  const dir = mkdtempSync(join(workDir, 'nginx-'));
  const port = await freePort();
  makeCertificate(dir);
  const configuration = nginxConfiguration(dir, { port, originPort });
  writeFileSync(join(dir, 'nginx.conf'), configuration);
  const child = start(program, ['-p', dir, '-c', join(dir, 'nginx.conf'), '-e', join(dir, 'error.log')]);
  await waitForPort(port);
  return {
    name: 'nginx',
    configuration,
    target: {
      port,
      tls: true,
      serverName: 'localhost',
      ca: readFileSync(join(dir, 'cert.pem'), 'utf8'),
      hostHeader: 'localhost',
    },
    pids: [child.pid ?? 0],
    stop: () => void child.kill(),
  };
};

function makeCertificate(dir: string): void {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', join(dir, 'key.pem')];
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, '-days', '2', '-out', join(dir, 'cert.pem')], {
    stdio: 'ignore',
  });
}

function nginxConfiguration(dir: string, ports: { port: number; originPort: number }): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${dir}/${kind};`,
  );
  return `daemon off;
worker_processes ${availableParallelism()};
pid ${dir}/nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
  ${temporary.join('\n  ')}
  upstream origin { server 127.0.0.1:${ports.originPort}; keepalive 256; }
  server {
    listen 127.0.0.1:${ports.port} ssl;
    server_name localhost;
    ssl_certificate ${dir}/cert.pem;
    ssl_certificate_key ${dir}/key.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
    keepalive_requests 1000000;
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_buffering off;
    }
  }
}
`;
}
