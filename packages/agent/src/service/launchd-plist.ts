import { escapedXml } from './escaped-xml.ts';
import type { ServiceDefinition } from './service-definition.ts';

export const launchdLabel = 'dev.adit.agent';

/** The text of a launchd property list (launchd.plist). It is started again unless it ended in order. */
export function launchdPlist(service: ServiceDefinition, logFile: string): string {
  const { command, user, isSystem, maxOpenFiles } = service;
  const limits = `<dict>\n    <key>NumberOfFiles</key>\n    <integer>${maxOpenFiles}</integer>\n  </dict>`;
  const entries: [string, string][] = [
    ['Label', string(launchdLabel)],
    ['ProgramArguments', `<array>\n${command.map((word) => `    ${string(word)}`).join('\n')}\n  </array>`],
    ['RunAtLoad', '<true/>'],
    ['KeepAlive', '<dict>\n    <key>SuccessfulExit</key>\n    <false/>\n  </dict>'],
    ['ThrottleInterval', '<integer>10</integer>'],
    ['Umask', '<integer>63</integer>'],
    ['StandardOutPath', string(logFile)],
    ['StandardErrorPath', string(logFile)],
    ...(isSystem && user !== undefined ? ([['UserName', string(user)]] as [string, string][]) : []),
    ...(maxOpenFiles === undefined
      ? []
      : ([
          ['HardResourceLimits', limits],
          ['SoftResourceLimits', limits],
        ] as [string, string][])),
  ];
  const lines = entries.map(([key, value]) => `  <key>${key}</key>\n  ${value}`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
${lines.join('\n')}
</dict>
</plist>
`;
}

function string(text: string): string {
  return `<string>${escapedXml(text)}</string>`;
}
