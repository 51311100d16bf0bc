import type { ChannelSetup } from '@posthorn/core';

/** An address of a query in the form in which it is stored; null when no channel that is asked knows it. */
export type StoredAddress = (text: string, channel: string | undefined) => string | null;

/** Asks the channels in the order of the config; the first that takes the text for an address of its own says its form. */
export function storedAddresses(channels: ReadonlyMap<string, ChannelSetup>, region: string | null): StoredAddress {
  return (text, channel) => {
    for (const setup of channels.values()) {
      if (channel !== undefined && setup.channel.name !== channel) continue;
      const parsed = setup.channel.parseAddress(text, { region });
      if (parsed.ok) return parsed.value;
    }
    return null;
  };
}
