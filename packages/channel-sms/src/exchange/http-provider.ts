import type {
  CallbackReading,
  CallbackRequest,
  Outcome,
  OutgoingDelivery,
  Provider,
  ProviderTools,
  Result,
} from '@posthorn/core';
import type { HttpAnswer } from './answer.ts';
import { tooLate } from './fault.ts';
import { type Post, postClient } from './post.ts';

/** What a vendor of one request a message adds to the exchange: how to ask, and how to read the answer. */
export interface HttpVendor<Content> {
  /** The request of a delivery, signed for this very moment; or the outcome when the vendor need not be asked. */
  requestOf(delivery: OutgoingDelivery<Content>): Result<Post, Outcome>;
  outcomeOf(answer: HttpAnswer, delivery: OutgoingDelivery<Content>): Outcome;
  readingOf(request: CallbackRequest): CallbackReading;
}

/** Where an account's requests go: the vendor's address, or the one that stands in for it. */
export function baseUrl(vendor: string, home: string, { endpoint }: Pick<ProviderTools, 'endpoint'>): URL {
  if (endpoint !== null && endpoint.pathname !== '/')
    throw new Error(`the endpoint of a ${vendor} account must be a host without a path: the API has its own`);
  return endpoint ?? new URL(home);
}

/** A provider that asks its vendor with one POST a message. */
export function httpProvider<Content>(base: URL, vendor: HttpVendor<Content>): Provider<Content> {
  const client = postClient(base.protocol);
  return {
    async send(delivery, signal) {
      const post = vendor.requestOf(delivery);
      if (!post.ok) return post.failure;
      if (signal.aborted) return tooLate;
      const answer = await client.send(post.value, signal);
      return answer.ok ? vendor.outcomeOf(answer.value, delivery) : answer.failure;
    },
    async readCallback(request) {
      return vendor.readingOf(request);
    },
    async close() {
      client.close();
    },
  };
}
