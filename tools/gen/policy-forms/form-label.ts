/** Words that are not written as they are spoken. */
const spellings: Readonly<Record<string, string>> = {
  ...{ as: 'AS', http: 'HTTP', ip: 'IP', ips: 'IPs', jkus: 'JKUs', jws: 'JWS', jwt: 'JWT', sse: 'SSE' },
  ...{ tcp: 'TCP', tls: 'TLS', url: 'URL', websocket: 'WebSocket' },
};

/** What people call a thing of that name: `status_code` → `Status code`, `restrict-ips` → `Restrict IPs`. */
export function formLabel(name: string): string {
  const [first = '', ...others] = name.split(/[_-]/).map((word) => spellings[word] ?? word);
  return [first.charAt(0).toUpperCase() + first.slice(1), ...others].join(' ');
}
