import { hopelessExitCodes, type ServiceDefinition, serviceSummary } from './service-definition.ts';

/** The text of a systemd unit (systemd.service, systemd.exec). Logs go to the journal unless the configuration says otherwise. */
export function systemdUnit(service: ServiceDefinition): string {
  return [
    ...['[Unit]', `Description=${serviceSummary}`],
    // Units of a user have no network-online.target; there the agent tries again until it is online.
    ...(service.isSystem ? ['Wants=network-online.target', 'After=network-online.target'] : []),
    ...['', '[Service]', 'Type=exec'],
    `ExecStart=${service.command.map(quotedWord).join(' ')}`,
    // Not `always`: an agent that an operator stops ends with 0, and must stay stopped.
    ...['Restart=on-failure', 'RestartSec=5', `RestartPreventExitStatus=${hopelessExitCodes.join(' ')}`],
    ...(service.user === undefined ? [] : [`User=${service.user}`]),
    ...(service.maxOpenFiles === undefined ? [] : [`LimitNOFILE=${service.maxOpenFiles}`]),
    ...(service.isSystem ? hardening : userHardening),
    ...(service.isSystem ? service.writableFolders.map((folder) => `ReadWritePaths=${quotedWord(folder)}`) : []),
    ...['', '[Install]', `WantedBy=${service.isSystem ? 'multi-user.target' : 'default.target'}`, ''],
  ].join('\n');
}

const userHardening = ['NoNewPrivileges=yes'] as const;

/** The agent dials out and reads files; that is all it is left with. */
const hardening = [
  ...userHardening,
  'CapabilityBoundingSet=',
  'ProtectSystem=strict',
  'ProtectHome=read-only',
  'PrivateTmp=yes',
  'PrivateDevices=yes',
  'ProtectKernelTunables=yes',
  'ProtectKernelModules=yes',
  'ProtectControlGroups=yes',
  'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'LockPersonality=yes',
  'SystemCallArchitectures=native',
  'UMask=0077',
] as const;

/** One word: systemd splits at blanks, unescapes, and expands `%` and `$`. */
function quotedWord(word: string): string {
  const escaped = word.replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$');
  return `"${escaped}"`;
}
