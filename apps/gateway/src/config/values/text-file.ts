import { type FileHandle, open } from 'node:fs/promises';
import { fail, ok, type Result } from '@posthorn/core';

const chunkBytes = 64 * 1024;

/**
 * The text of a file of at most `maxBytes`, else what is wrong with it as the rest of a sentence. The bound is kept while
 * reading and not looked up beforehand, so that a pipe works and an endless device does not fill the memory.
 */
export async function readTextFile(path: string, maxBytes: number): Promise<Result<string, string>> {
  try {
    const handle = await open(path, 'r');
    try {
      const bytes = await readAtMost(handle, maxBytes + 1);
      if (bytes.length > maxBytes) return fail(`is larger than ${maxBytes / 1024} KiB`);
      return ok(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } finally {
      await handle.close();
    }
  } catch (error) {
    return fail(reason(error));
  }
}

async function readAtMost(handle: FileHandle, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length < limit) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.min(chunkBytes, limit - length)));
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
  }
  return Buffer.concat(chunks, length);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EACCES: 'may not be read by the user this program runs as',
  EPERM: 'may not be read by the user this program runs as',
  EISDIR: 'is a folder, not a file',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not UTF-8 text',
};

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return reasons[code] ?? `cannot be read (${code})`;
}
