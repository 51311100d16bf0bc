import { describe, expect, it } from 'vitest';
import { canonicalForm, sdkDate, sdkHmacAuthorization, sha256 } from './huawei-signature.ts';

/** The example of the vendor's page. */
const example = {
  method: 'GET',
  url: new URL(
    'https://service.region.example.com/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0',
  ),
  headers: {
    'content-type': 'application/json',
    host: 'service.region.example.com',
    'x-sdk-date': '20191115T033655Z',
  },
  body: '',
};
const exampleKey = { appKey: 'QTWAOYTTINDUT2QVKYUC', appSecret: 'MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc' };

/** A request that the vendor's own signer signed. */
const signed = {
  method: 'POST',
  url: new URL('https://smsapi.cn-north-4.myhuaweicloud.com/sms/batchSendDiffSms/v1'),
  headers: {
    'content-type': 'application/json',
    host: 'smsapi.cn-north-4.myhuaweicloud.com',
    'x-sdk-date': '20261123T050000Z',
  },
  body: '{"a":"中","b":[1]}',
};
const key = { appKey: 'AK', appSecret: 'SK' };

describe('sdkHmacAuthorization', () => {
  it("agrees with the vendor's example", () => {
    expect(sha256(canonicalForm(example))).toBe('b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a');
    expect(sdkHmacAuthorization(example, exampleKey)).toBe(
      'SDK-HMAC-SHA256 Access=QTWAOYTTINDUT2QVKYUC, SignedHeaders=content-type;host;x-sdk-date, Signature=7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe',
    );
  });

  it("agrees with the vendor's signer about a POST", () => {
    expect(sdkHmacAuthorization(signed, key)).toContain(
      'Signature=2b71813b80d7c2c2a1851315b045e43873df5ea7face1ce6eccb5ec0ea84560e',
    );
  });

  it.each([
    [{ method: 'PUT' }],
    [{ body: '{}' }],
    [{ url: new URL('https://smsapi.cn-north-4.myhuaweicloud.com/sms/batchSendDiffSms/v2') }],
    [{ headers: { ...signed.headers, host: 'example.com' } }],
    [{ headers: { ...signed.headers, 'x-sdk-date': '20261123T050001Z' } }],
  ])('covers %j', (other) => {
    expect(sdkHmacAuthorization({ ...signed, ...other }, key)).not.toContain('2b71813b80d7');
  });

  it('writes a moment as the vendor does', () => {
    expect(sdkDate(Date.UTC(2019, 10, 15, 3, 36, 55, 999))).toBe('20191115T033655Z');
  });
});
