import type { Cost } from '@posthorn/core';
import { isMainland } from './address.ts';
import type { SmsContent } from './content.ts';
import { mainlandSegmentsOf, type Segments, segmentsOf } from './segments.ts';

/**
 * What a message will be billed, as far as its text tells. Only the vendor knows what a template reads like, so one
 * without a text counts as one part.
 */
export function costOf(content: SmsContent, address: string): Cost {
  const { text, signName, templateCode } = content;
  if (text === undefined)
    return { parts: 1, detail: 'the vendor fills in the template, so its length is not known: counted as one part' };
  const mainland = isMainland(address);
  const signature = signName === undefined ? '' : `【${signName}】`;
  const segments = mainland ? mainlandSegmentsOf(signature + text) : segmentsOf(text);
  const remarks = [
    inWords(segments),
    ...(mainland && signName === undefined ? ["the account's signature not counted"] : []),
    ...(templateCode === undefined ? [] : ['the template may read differently']),
  ];
  return { parts: segments.parts, detail: remarks.join('; ') };
}

function inWords({ encoding, units, parts, partSize }: Segments): string {
  return parts === 1
    ? `${encoding}, ${units} of ${partSize}`
    : `${encoding}, ${units} in ${parts} parts of ${partSize}`;
}
