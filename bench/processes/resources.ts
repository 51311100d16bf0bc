import { readdirSync, readFileSync } from 'node:fs';

/** What the kernel's clock counts processor time in: a hundredth of a second on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Processor time of a process since its start, user and kernel, in seconds. */
export function processorSeconds(pid: number): number {
  const { own } = statOf(pid);
  return own;
}

/** The same of a server with its children: those that live, and those that have ended and that it has waited for. */
export function treeProcessorSeconds(pid: number): number {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => livingStat(Number(name)));
  const root = processes.find((each) => each.pid === pid);
  const children = processes.filter((each) => each.parent === pid);
  return [root, ...children].reduce((sum, each) => sum + (each?.own ?? 0), root?.ended ?? 0);
}

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly own: number;
  /** Of children that have ended. */
  readonly ended: number;
}

function statOf(pid: number): ProcessStat {
  const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field, the name, may have spaces; what follows its bracket begins with the third (proc(5)).
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const seconds = (first: number) => (Number(fields[first]) + Number(fields[first + 1])) / ticksPerSecond;
  return { pid, parent: Number(fields[1]), own: seconds(11), ended: seconds(13) };
}

/** Nothing when the process has ended since its folder was listed. */
function livingStat(pid: number): readonly ProcessStat[] {
  try {
    return [statOf(pid)];
  } catch {
    return [];
  }
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
