import type { AditError } from '@adit/contracts';
import type { ConnectionEvent, ForwardEvent, SessionStatus } from '@adit/sdk';

/** What `adit http` has to tell, and two ways to tell it: a live screen for a person, lines for a program. */
export interface HttpView {
  status(status: SessionStatus): void;
  forward(event: ForwardEvent): void;
  connection(event: ConnectionEvent): void;
  roundTrip(milliseconds: number): void;
  warning(text: string): void;
  /** It is over; nothing is told afterwards. Null: in order. */
  end(error: AditError | null): void;
}

/** Two lines for people: what failed and why; what to do, and the code to look up. */
export function errorText(error: AditError): string {
  return `adit: ${error.message}\n${error.row.help} (${error.wireCode})\n`;
}
