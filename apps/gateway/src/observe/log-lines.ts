import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';

/** How long a reader that is behind is waited for, in all, before a line is given up: nothing else runs meanwhile. */
const patienceMs = 200;
const breathMs = 5;

type Write = (descriptor: number, bytes: Uint8Array) => number;

/**
 * Lines to a file or pipe, each written when it comes. A log must never be what stops the gateway: a line that cannot be
 * written, because the disk of the log is full or nobody reads the pipe, is dropped, and `onGap` is told how many were
 * dropped as soon as one gets through again.
 */
export function logLines(descriptor: number, onGap: (dropped: number) => void, write: Write = writeSync): Writable {
  let dropped = 0;
  let torn = false;
  return new Writable({
    write(line: Buffer, _encoding, done) {
      // What follows half a line begins on one of its own.
      const bytes = torn ? Buffer.concat([newline, line]) : line;
      const written = writeAll(descriptor, bytes, write);
      torn = written > 0 ? written < bytes.length : torn;
      const gap = written === bytes.length ? dropped : 0;
      dropped = written === bytes.length ? 0 : dropped + 1;
      done();
      if (gap > 0) onGap(gap);
    },
  });
}

const newline = Buffer.from('\n');

/** How many of the bytes were written. */
function writeAll(descriptor: number, bytes: Uint8Array, write: Write): number {
  let written = 0;
  let patience = patienceMs / breathMs;
  while (written < bytes.length) {
    try {
      written += write(descriptor, bytes.subarray(written));
    } catch (error) {
      const isBusy = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
      if (!isBusy || patience-- <= 0) return written;
      Atomics.wait(bell, 0, 0, breathMs);
    }
  }
  return written;
}

/** Nobody rings it: waiting for it is how a synchronous writer sleeps. */
const bell = new Int32Array(new SharedArrayBuffer(4));
