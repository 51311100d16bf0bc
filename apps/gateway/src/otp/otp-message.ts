import type { ChannelSetup, NotifyRequest, SubmitTools } from '@posthorn/core';
import { codeText } from './code-text.ts';
import type { SendRequest } from './otp-schema.ts';

/**
 * The message that carries a code: critical, gone with the code, and never sent twice by itself, since a second copy of a
 * code is an attack to whoever gets it. Each step lasts until the code is verified.
 */
export function codeMessage(
  {
    addresses,
    region,
    channels,
    ttlMs,
    locale,
  }: Pick<SendRequest, 'addresses' | 'region' | 'channels' | 'ttlMs' | 'locale'>,
  code: string,
  tools: Pick<SubmitTools, 'channels' | 'defaultChannels' | 'defaultRegion'>,
): NotifyRequest {
  const content = codeText(code, ttlMs, locale ?? localeOf(tools.defaultRegion));
  const reachable = (name: string) => Object.hasOwn(addresses, tools.channels.get(name)?.channel.addressKey ?? '');
  const steps = channels ?? tools.defaultChannels.filter(reachable).map(plainStep);
  return {
    addresses,
    region,
    channels: steps.map((step) => ({ ...step, until: 'verified' })),
    strategy: 'fallback',
    content,
    own: codeContents(tools.channels, code, content.body),
    priority: 'critical',
    kind: 'otp',
    sendAt: null,
    expiresAt: null,
    ttlMs,
    guarantee: 'at-most-once',
    orderingKey: null,
    metadata: {},
    tags: [],
    carriesCode: true,
  };
}

/** What channels say of a code beside the text that all of them have. */
function codeContents(channels: ReadonlyMap<string, ChannelSetup>, code: string, text: string) {
  const own: Record<string, unknown> = {};
  for (const [name, { channel }] of channels) {
    const content = channel.codeContent?.({ code, text });
    if (content !== undefined) own[name] = content;
  }
  return own;
}

function plainStep(channel: string) {
  return { channel, accounts: null, withinMs: null, until: null };
}

/** The language of most people who live where the config says. */
function localeOf(region: string | null): string {
  return region === 'CN' ? 'zh' : 'en';
}
