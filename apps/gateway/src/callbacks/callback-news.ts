import type { CallbackNews, ChannelSetup, HeardNews, Lane, Reader } from '@posthorn/core';

type Asked = Pick<Reader, 'addressOf'>;

/** What the store gets to hear of a vendor's news; null for what means nothing here, such as a reply that asks for nothing. */
export function heardNews(news: CallbackNews, { channel }: ChannelSetup, lane: Lane, reader: Asked): HeardNews | null {
  switch (news.kind) {
    case 'receipt': {
      // Only what is going to be suppressed is shown to anybody.
      const address = news.suppress === null ? null : reader.addressOf(lane, news);
      return { ...news, masked: address === null ? null : channel.maskAddress(address) };
    }
    case 'reply': {
      const wish = channel.readReply?.(news.text) ?? null;
      return wish === null ? null : heardWish(wish, news.from, null, news.at);
    }
    default:
      return heardWish(news.because, news.address, news.detail, news.at);
  }

  function heardWish(
    wish: Extract<HeardNews, { kind: 'wish' }>['wish'],
    given: string,
    detail: string | null,
    at: number,
  ): HeardNews | null {
    const parsed = channel.parseAddress(given, { region: null });
    if (!parsed.ok) return null;
    const address = parsed.value;
    return { kind: 'wish', wish, address, masked: channel.maskAddress(address), detail, at };
  }
}
