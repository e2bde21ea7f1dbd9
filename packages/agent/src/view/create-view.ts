import { type Clock, connectLimits } from '@adit/sdk';
import type { CommandIo, Output } from '../command.ts';
import type { AgentView } from './agent-view.ts';
import { AllViews } from './all-views.ts';
import { LineView } from './line-view.ts';
import type { LogFormat, LogLevel } from './log-line.ts';
import { type Hide, hideSecrets } from './plain-text.ts';
import { type DrawQr, ScreenView } from './screen-view.ts';
import type { KeySignal } from './terminal-keys.ts';

export interface LogTarget {
  readonly output: Output;
  readonly format: LogFormat;
  /** Default: `info`. */
  readonly level?: LogLevel | undefined;
}

export interface ViewOptions {
  readonly io: Pick<CommandIo, 'stdin' | 'stdout' | 'stderr' | 'env'>;
  readonly clock: Clock;
  /** Where lines go. Null: nowhere. */
  readonly log: LogTarget | null;
  /** False: no live screen even where there is a terminal. It is also left out when lines go to a terminal. Default: true. */
  readonly hasScreen?: boolean | undefined;
  /** Of the session. Default: 10,000. */
  readonly heartbeatIntervalMs?: number | undefined;
  /** Values that must not be shown wherever they turn up, such as the authtoken. */
  readonly secrets?: readonly string[] | undefined;
  /** Draws a text as the lines of a QR code. Default: the screen offers none, and reads no keys. */
  readonly drawQr?: DrawQr | undefined;
  /** The user asked to stop by Ctrl-C while keys are read, when that is no signal. */
  onInterrupt(): void;
}

/** The view that suits the outside: a live screen, lines, both, or errors alone. */
export function createView(options: ViewOptions): AgentView {
  const { io, log } = options;
  const hide = hideSecrets(options.secrets ?? []);
  const isTerminal = options.hasScreen !== false && io.stdout.isTTY === true && log?.output.isTTY !== true;
  // A terminal that cannot move its cursor gets lines.
  const hasScreen = isTerminal && io.env['TERM'] !== 'dumb';
  const lines: LogTarget | null = isTerminal && !hasScreen ? { output: io.stdout, format: 'term' } : null;
  const views = [
    ...(hasScreen ? [screenView(options, hide)] : []),
    ...[log, lines].flatMap((target) => (target ? [lineView(target, options, hide)] : [])),
  ];
  const isSeen = hasScreen || lines !== null || log?.output === io.stdout || log?.output === io.stderr;
  return new AllViews(views, { stderr: io.stderr, hide, tellsWarnings: !isSeen });
}

/** What the SDK does unless it is told otherwise. */
const usualHeartbeatMs = connectLimits.heartbeatIntervalMs;

function screenView(options: ViewOptions, hide: Hide): AgentView {
  const { io, clock, drawQr, heartbeatIntervalMs = usualHeartbeatMs, onInterrupt } = options;
  const onSignal = (signal: KeySignal) => (signal === 'SIGINT' ? onInterrupt() : signalJob(signal));
  return new ScreenView({ ...io, clock, drawQr, heartbeatIntervalMs, hide, onSignal });
}

function lineView({ output, format, level = 'info' }: LogTarget, options: ViewOptions, hide: Hide): AgentView {
  const { clock, heartbeatIntervalMs = usualHeartbeatMs } = options;
  return new LineView({ output, format, level, clock, heartbeatIntervalMs, hide });
}

/** To the whole job, as a terminal does: whoever started us waits for us and must stop as well. */
function signalJob(signal: KeySignal): void {
  process.kill(0, signal);
}
