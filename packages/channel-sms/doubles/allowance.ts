import type { Kind, ProviderKind, Quota } from '@posthorn/core';

/** What a kind of message may cost one account, a line a quota: `address, templateCode: 1/30s 10/86400s`. */
export function allowanceOf({ quotas = [] }: Pick<ProviderKind, 'quotas'>, kind: Kind): readonly string[] {
  return quotas.filter(({ kinds }) => kinds?.includes(kind) ?? true).map(told);
}

function told({ per, field, windows }: Quota): string {
  const counted = field === undefined ? per : `${per}, ${field}`;
  return `${counted}: ${windows.map(({ most, ms }) => `${most}/${ms / 1_000}s`).join(' ')}`;
}
