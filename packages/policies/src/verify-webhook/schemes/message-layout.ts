import { Refused } from '../delivery.ts';

/** What the places of a layout stand for. */
export interface MessageParts {
  readonly body: Uint8Array;
  readonly method: string;
  readonly url: string;
  readonly timestamp?: string | undefined;
  readonly id?: string | undefined;
}

/** The escapes that HubSpot undoes before it signs: `: / ? @ ! $ ' ( ) * , ;`. */
const plainEscapes = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;

/**
 * The pieces of a message such as `v0:{timestamp}:{body}`. The body is not copied.
 *
 * @throws {Refused} `missing-signature`: the delivery has nothing for one of the places.
 */
export function layOut(layout: string, parts: MessageParts): Uint8Array[] {
  const pieces = layout.split(/\{(\w+)\}/);
  return pieces.flatMap((piece, index) => {
    if (index % 2 === 1) return [placed(piece, parts)];
    return piece === '' ? [] : [Buffer.from(piece)];
  });
}

function placed(place: string, parts: MessageParts): Uint8Array {
  switch (place) {
    case 'body':
      return parts.body;
    case 'method':
      return Buffer.from(parts.method);
    case 'url':
      return Buffer.from(parts.url);
    case 'plainUrl':
      return Buffer.from(parts.url.replaceAll(plainEscapes, decodeURIComponent));
    case 'timestamp':
    case 'id': {
      const text = parts[place];
      if (text === undefined) throw new Refused('missing-signature');
      // Header lines come as Latin-1: each character is one byte.
      return Buffer.from(text, 'latin1');
    }
    default:
      throw new RangeError(`Cannot lay out a message: there is no "${place}"`);
  }
}
