import {
  askVendor,
  type CallbackReading,
  type CallbackRequest,
  type Egress,
  type Outcome,
  type OutgoingDelivery,
  type Provider,
  type ProviderTools,
  type Result,
  type VendorAnswer,
  type VendorRequest,
} from '@posthorn/core';

/** What a vendor of one request a message adds to the exchange: how to ask, and how to read the answer. */
export interface HttpVendor<Content> {
  /** The request of a delivery, signed for this very moment; or the outcome when the vendor need not be asked. */
  requestOf(delivery: OutgoingDelivery<Content>): Result<VendorRequest, Outcome>;
  outcomeOf(answer: VendorAnswer, delivery: OutgoingDelivery<Content>): Outcome;
  readingOf(request: CallbackRequest): CallbackReading;
}

/** Where an account's requests go: the vendor's address, or the one that stands in for it. */
export function baseUrl(vendor: string, home: string, { endpoint }: Pick<ProviderTools, 'endpoint'>): URL {
  if (endpoint !== null && endpoint.pathname !== '/')
    throw new Error(`the endpoint of a ${vendor} account must be a host without a path: the API has its own`);
  return endpoint ?? new URL(home);
}

/** A provider that asks its vendor with one POST a message. */
export function httpProvider<Content>(egress: Egress, vendor: HttpVendor<Content>): Provider<Content> {
  return {
    async send(delivery, signal) {
      const request = vendor.requestOf(delivery);
      if (!request.ok) return request.failure;
      const { url, headers, body } = request.value;
      const answer = await askVendor(
        egress,
        { url, headers: { accept: 'application/json', ...headers }, body },
        signal,
      );
      return answer.ok ? vendor.outcomeOf(answer.value, delivery) : answer.failure;
    },
    async readCallback(request) {
      return vendor.readingOf(request);
    },
  };
}
