import { readFileSync } from 'node:fs';

/** What the kernel's clock counts processor time in: a hundredth of a second on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Processor time of a process since its start, user and kernel, in seconds. */
export function processorSeconds(pid: number): number {
  const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field, the name, may have spaces; what follows its bracket begins with the third (proc(5)).
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Resident memory of a process in MiB: all of it, and what is its own and not a mapped file. */
export function residentMemory(pid: number): { readonly all: number; readonly anonymous: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1_024;
  return { all: read('VmRSS'), anonymous: read('RssAnon') };
}

/** Bytes that this process has made the kernel write to a disk so far. */
export function bytesWritten(): number {
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1'))?.[1]);
}
