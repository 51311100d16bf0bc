import assert from 'node:assert/strict';
import { type CallbackNews, type Channel, isDeliveryId } from '@posthorn/core';

/** Who says what is an address, and which is its one form. */
export type AddressRules = Pick<Channel, 'parseAddress'>;

/** Fails unless this is news as the port describes it: a plugin is not compiled with us, and a vendor sends what it likes. */
export function assertWellFormed(news: CallbackNews, rules: AddressRules): void {
  switch (news.kind) {
    case 'receipt':
      assert.ok(news.delivery === null || isDeliveryId(news.delivery), `"${news.delivery}" is no delivery of ours`);
      assertWord(news.vendorId, 'vendorId');
      assert.ok(news.delivery !== null || news.vendorId !== null, 'a receipt that says nothing of what it is about');
      assert.ok(['delivered', 'undelivered'].includes(news.receipt.status), `status ${news.receipt.status}`);
      assertWord(news.receipt.code, 'code');
      assertWord(news.receipt.detail, 'detail');
      assertMoment(news.receipt.at);
      assert.ok(news.parts === null || isCount(news.parts), `parts ${news.parts}`);
      assert.ok(news.part === null || isCount(news.part.number), 'part.number');
      assert.ok(news.part === null || news.part.number <= news.part.total, 'a part behind the last one');
      assert.ok([null, 'hard', 'soft'].includes(news.suppress), `suppress ${news.suppress}`);
      return;
    case 'reply':
      assertAddress(news.from, rules);
      assert.equal(typeof news.text, 'string');
      assertMoment(news.at);
      return;
    case 'objection':
      assertAddress(news.address, rules);
      assert.ok(['complaint', 'unsubscribe'].includes(news.because), `because ${news.because}`);
      assert.equal(typeof news.detail, 'string');
      assertMoment(news.at);
      return;
    default:
      assert.fail(`no such news: ${JSON.stringify(news satisfies never)}`);
  }
}

function assertAddress(address: string, { parseAddress }: AddressRules): void {
  const expected = { ok: true, value: address };
  assert.deepEqual(
    parseAddress(address, { region: null }),
    expected,
    `"${address}" is not in the channel's normal form`,
  );
}

function assertWord(word: string | null, name: string): void {
  assert.ok(word === null || (typeof word === 'string' && word !== ''), `${name} ${JSON.stringify(word)}`);
}

function assertMoment(at: number): void {
  assert.ok(Number.isSafeInteger(at) && at > 0, `at ${at}`);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
