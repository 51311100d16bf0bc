/** How a text is cut into billed parts. */
export interface Segments {
  readonly encoding: 'GSM-7' | 'UCS-2';
  /** Septets of GSM-7, else UTF-16 units. */
  readonly units: number;
  readonly parts: number;
  /** Units that fit into each of these parts. */
  readonly partSize: number;
}

/** GSM 03.38 basic character set: one septet each. */
const basicSet = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
/** GSM 03.38 extension table: an escape and a character, two septets. */
const extensionSet = new Set('\f^{}\\[~]|€');

/** Units of a text that is one part, and of each part once there are more: the rest is their header. */
const sizes = { 'GSM-7': [160, 153], 'UCS-2': [70, 67] } as const;

/** Parts by the international rule (3GPP TS 23.038 and 23.040): GSM-7 when every character is in it, else UCS-2. */
export function segmentsOf(text: string): Segments {
  const characters = [...text];
  const encoding = characters.every((character) => basicSet.has(character) || extensionSet.has(character))
    ? 'GSM-7'
    : 'UCS-2';
  const costs = characters.map((character) => {
    if (encoding === 'UCS-2') return character.length;
    return extensionSet.has(character) ? 2 : 1;
  });
  const units = costs.reduce((sum, cost) => sum + cost, 0);
  const [single, partSize] = sizes[encoding];
  return units <= single
    ? { encoding, units, parts: 1, partSize: single }
    : { encoding, units, parts: partsOf(costs, partSize), partSize };
}

/** Fills parts one after the other: an escape pair or a surrogate pair never straddles two of them. */
function partsOf(costs: readonly number[], partSize: number): number {
  let parts = 1;
  let room = partSize;
  for (const cost of costs) {
    if (cost > room) {
      parts += 1;
      room = partSize;
    }
    room -= cost;
  }
  return parts;
}

/**
 * Parts as mainland carriers count them: every character is one, even of pure ASCII, and the signature in its brackets
 * counts (Aliyun, "SMS pricing": 70 characters in one part, 67 in each of a long message).
 */
export function mainlandSegmentsOf(signedText: string): Segments {
  const [single, partSize] = sizes['UCS-2'];
  const units = signedText.length;
  return units <= single
    ? { encoding: 'UCS-2', units, parts: 1, partSize: single }
    : { encoding: 'UCS-2', units, parts: Math.ceil(units / partSize), partSize };
}
