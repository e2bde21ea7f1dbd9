/**
 * The smallest network that one client is given, as a key for counting: an IPv4 address itself, of IPv6 the /64, all of
 * which is one customer's.
 *
 * @param ip As in `ConnectFacts.clientIp`: without zone, IPv4-mapped addresses as IPv4.
 */
export function clientNetwork(ip: string): string {
  if (!ip.includes(':')) return ip;
  const [head = '', tail] = ip.split('::');
  const groups = groupsOf(head);
  const tailGroups = groupsOf(tail ?? '');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - tailGroups.length);
  return [...groups, ...Array<string>(zeros).fill('0'), ...tailGroups].slice(0, 4).join(':');
}

function groupsOf(half: string): string[] {
  return half === '' ? [] : half.split(':');
}
