import { describe, expect, it } from 'vitest';
import { tc3Authorization } from './tencent-signature.ts';

/** A request that the vendor's own SDK signed. */
const request = {
  host: 'sms.tencentcloudapi.com',
  contentType: 'application/json',
  timestamp: 1_795_411_872,
  body: '{"PhoneNumberSet":["+8618511122233","+8618511122266"],"SmsSdkAppId":"1400006666","SignName":"腾讯云","TemplateId":"1234","TemplateParamSet":["1234","5"],"SessionContext":"test"}',
};
const key = { secretId: 'AKIDEXAMPLE', secretKey: 'SECRET' };

describe('tc3Authorization', () => {
  it('is what the SDK makes of the same request', () => {
    expect(tc3Authorization(request, key)).toBe(
      'TC3-HMAC-SHA256 Credential=AKIDEXAMPLE/2026-11-23/sms/tc3_request, SignedHeaders=content-type;host, Signature=939c78f43a4731741356031d99ecdef4c4160dc1706582ebdb439af2e8155cd2',
    );
  });

  it.each([
    [{ host: 'sms.example.com' }],
    [{ contentType: 'text/plain' }],
    [{ body: '{}' }],
    [{ timestamp: request.timestamp + 1 }],
  ])('covers %j', (other) => {
    expect(tc3Authorization({ ...request, ...other }, key)).not.toContain('939c78f43a47');
  });

  it('covers the key', () => {
    expect(tc3Authorization(request, { ...key, secretKey: 'other' })).not.toContain('939c78f43a47');
  });
});
