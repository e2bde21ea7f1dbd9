import { escapedXml } from './escaped-xml.ts';
import { type ServiceDefinition, serviceSummary } from './service-definition.ts';

export const windowsTaskName = '\\Adit\\Agent';

/**
 * The text of a task of the Windows Task Scheduler (schema 1.2), which is how a program that is not written as a Windows
 * service runs like one: at boot (or log-on), without a window, started again when it fails.
 */
export function windowsTask({ command: [program, ...words], isSystem }: ServiceDefinition): string {
  const trigger = isSystem ? 'BootTrigger' : 'LogonTrigger';
  // S-1-5-19 is LOCAL SERVICE, which may do less than any other built-in account.
  const who = isSystem ? '<UserId>S-1-5-19</UserId>' : '<LogonType>InteractiveToken</LogonType>';
  return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <URI>${windowsTaskName}</URI>
    <Description>${escapedXml(serviceSummary)}</Description>
  </RegistrationInfo>
  <Triggers>
    <${trigger}>
      <Enabled>true</Enabled>
    </${trigger}>
  </Triggers>
  <Principals>
    <Principal id="Agent">
      ${who}
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>999</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Agent">
    <Exec>
      <Command>${escapedXml(program)}</Command>
      <Arguments>${escapedXml(words.map(windowsQuoted).join(' '))}</Arguments>
    </Exec>
  </Actions>
</Task>
`;
}

/** One word as CommandLineToArgvW splits it: backslashes count only before a quote. */
function windowsQuoted(word: string): string {
  if (word !== '' && !/[\s"]/.test(word)) return word;
  return `"${word.replaceAll(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}
