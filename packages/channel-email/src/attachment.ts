import { z } from 'zod';
import { controlCharacter } from './address.ts';

/** A file of a message, whole: there is no way to name a path or a URL, so nothing is ever read for it. */
export interface Attachment {
  readonly filename: string;
  readonly contentType: string;
  readonly contentBase64: string;
}

const mostAttachments = 20;
/** What file systems take as one name (ext4, APFS, NTFS). */
const longestFilename = 255;
/** Characters that no Windows file name may have; slash and backslash among them lead into other folders elsewhere. */
const unsafeInFilename = /[<>:"/\\|?*]/;
/** `evil[U+202E]fdp.exe` reads as `evilexe.pdf`. */
const directionControl = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
/** Devices of Windows, with any extension: learn.microsoft.com/windows/win32/fileio/naming-a-file. */
const deviceName = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
/** RFC 2045 §5.1 type/subtype, with at most a charset. Bounded, so that the search cannot wander. */
const mediaType =
  /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}(?:; ?charset=[a-z0-9_-]{1,40})?$/i;
/** Types with a structure of their own, which may not be base64 (RFC 2046 §5): send such a file as application/octet-stream. */
const structuredType = /^(?:multipart|message)\//i;

const filename = z
  .string()
  .min(1)
  .max(longestFilename)
  .refine(isSafeFilename, 'must be a plain file name: no folders, control characters or reserved names');

const contentType = z
  .string()
  .max(300)
  .refine((text) => mediaType.test(text) && !structuredType.test(text), 'must be a media type like application/pdf');

const contentBase64 = z
  .string()
  .min(1)
  .refine(isBase64, 'must be base64 (RFC 4648 §4) with padding and without line breaks')
  .meta({ contentEncoding: 'base64' });

export const attachments: z.ZodType<readonly Attachment[]> = z
  .array(z.strictObject({ filename, contentType, contentBase64 }))
  .max(mostAttachments);

function isSafeFilename(text: string): boolean {
  const isOdd = [controlCharacter, unsafeInFilename, directionControl, deviceName].some((pattern) =>
    pattern.test(text),
  );
  // Windows drops a dot or space at the end, so such a name would become another one; `..` is among them.
  const isCut = text.trim() !== text || text.endsWith('.');
  return !(isOdd || isCut) && Buffer.byteLength(text) <= longestFilename;
}

/** Node decodes base64 leniently; only what it would write itself is accepted, in one linear pass. */
function isBase64(text: string): boolean {
  return Buffer.from(text, 'base64').toString('base64') === text;
}
