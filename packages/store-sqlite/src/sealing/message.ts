import type { OpeningVault, Vault } from './vault.ts';

/** What the sandbox keeps sealed of a message: to whom it would have gone, and what it says. */
interface Message {
  readonly address: string;
  readonly content: unknown;
}

export function sealMessage(vault: Vault, delivery: number, { address, content }: Message): Buffer {
  return vault.seal('inbox', delivery, JSON.stringify([address, content]));
}

/** Null when it cannot be opened. */
export function openMessage(vault: OpeningVault, delivery: number, sealed: Buffer): Message | null {
  const text = vault.open('inbox', delivery, sealed);
  if (text === null) return null;
  const [address, content] = JSON.parse(text) as readonly [string, unknown];
  return { address, content };
}
