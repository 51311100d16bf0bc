import { type ChannelSetup, fail, ok, type Problem, type Result } from '@posthorn/core';

/** An address that a caller named with its channel: in its normal form, and what is shown of it. */
export type NamedAddress = (
  channel: string,
  text: string,
) => Result<{ readonly address: string; readonly masked: string }, Problem>;

export function namedAddresses(channels: ReadonlyMap<string, ChannelSetup>, region: string | null): NamedAddress {
  return (name, text) => {
    const rules = channels.get(name)?.channel;
    if (rules === undefined)
      return fail({ pointer: '/channel', code: 'unknown_channel', detail: 'there is no such channel here' });
    const parsed = rules.parseAddress(text, { region });
    if (!parsed.ok) return fail({ pointer: '/address', ...parsed.failure });
    return ok({ address: parsed.value, masked: rules.maskAddress(parsed.value) });
  };
}
