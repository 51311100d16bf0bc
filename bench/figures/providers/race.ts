import type { GoalName } from '../../goals.ts';
import type { VendorScript } from '../../processes/vendor-server.ts';

/** A provider and what it is measured beside: the bare SDK or client, asked for the same messages. */
export interface Race {
  readonly name: string;
  /** What the other one is. */
  readonly beside: string;
  readonly goal: GoalName;
  /** How its vendor answers; null for a mail server. */
  readonly vendor: VendorScript | null;
  open(port: number): Promise<{ readonly bare: Contender; readonly ours: Contender }>;
}

export interface Contender {
  /** Sends message `number`; rejects unless the vendor took it. */
  send(number: number): Promise<void>;
  close(): Promise<void>;
}

/** Messages that each has under way at any time. */
export const inFlight = 64;

export function jsonScript(body: object, status = 200): VendorScript {
  return { status, type: 'application/json', body: JSON.stringify(body) };
}

/** A client of HTTP as everyone has it at hand: `fetch`, whose connections stay open. `isTaken` looks into the answer. */
export function bareFetch(
  request: (number: number) => { readonly url: string; readonly init: RequestInit },
  isTaken: (answer: string) => boolean,
): Contender {
  return {
    async send(number) {
      const { url, init } = request(number);
      const answer = await fetch(url, { method: 'POST', ...init });
      const text = await answer.text();
      if (!answer.ok || !isTaken(text)) throw new Error(`the double answered ${answer.status}`);
    },
    close: () => Promise.resolve(),
  };
}
