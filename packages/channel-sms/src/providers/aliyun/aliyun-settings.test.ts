import { type Kind, quotaFaults, validate } from '@posthorn/core';
import { testTools } from '@posthorn/testkit';
import { describe, expect, it } from 'vitest';
import { aliyun, aliyunRegions } from './aliyun.ts';

const accessKeyId = 'AKID';
const accessKeySecret = 'SECRET';

it('may send a number what Aliyun allows by default', () => {
  const allowed = (kind: Kind) =>
    (aliyun.quotas ?? [])
      .filter(({ kinds }) => kinds?.includes(kind))
      .map(({ per, field = null, windows }) => [per, field, windows.map(({ most, ms }) => `${most}/${ms / 60_000}m`)]);
  expect(quotaFaults(aliyun.quotas)).toEqual([]);
  expect(allowed('otp')).toEqual([
    ['address', 'signName', ['1/1m', '5/60m', '10/1440m']],
    ['address', null, ['40/1440m']],
  ]);
  for (const kind of ['transactional', 'marketing'] as const)
    expect(allowed(kind)).toEqual([['address', 'templateCode', ['50/1440m']]]);
});

describe('the settings of aliyun', () => {
  it.each([
    [{}, ['/accessKeyId', '/accessKeySecret']],
    [{ accessKeyId, accessKeySecret, secret: 'x' }, ['/secret']],
    [{ accessKeyId, accessKeySecret: 5 }, ['/accessKeySecret']],
    [{ accessKeyId, accessKeySecret, regionId: 'cn-hangzou' }, ['/regionId']],
    [{ accessKeyId, accessKeySecret, textParam: 'text' }, ['/textParam']],
    [{ accessKeyId, accessKeySecret, abroad: { accessKeyId } }, ['/abroad/accessKeyId']],
    [{ accessKeyId, accessKeySecret, templates: { a: { params: 5 } } }, ['/templates/a/params']],
  ])('%j has faults at %j', (own, pointers) => {
    const result = validate(aliyun.settings, own);
    expect(!result.ok && result.failure.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it('may be just the access key', () => {
    expect(validate(aliyun.settings, { accessKeyId, accessKeySecret })).toEqual({
      ok: true,
      value: { accessKeyId, accessKeySecret, regionId: 'cn-hangzhou' },
    });
  });

  it('may keep what is for numbers abroad apart', () => {
    const own = {
      accessKeyId,
      accessKeySecret,
      regionId: 'cn-hangzhou',
      abroad: { signName: 'Shop', templateCode: 'SMS_90', textParam: 'text' },
      templates: { login: { templateCode: 'SMS_1', params: { code: 'code' }, abroad: { params: ['code'] } } },
    };
    expect(validate(aliyun.settings, own)).toEqual({ ok: true, value: own });
  });

  it('name only regions that the SDK knows', async () => {
    const { default: sdk } = await import('@alicloud/dysmsapi20170525');
    const { $OpenApiUtil } = await import('@alicloud/openapi-core');
    const client = new sdk.default(new $OpenApiUtil.Config({ accessKeyId, accessKeySecret, regionId: 'cn-hangzhou' }));
    expect(Object.keys(client._endpointMap)).toEqual(expect.arrayContaining([...aliyunRegions]));
  });

  it('refuse an endpoint with a path', async () => {
    const tools = testTools({ endpoint: new URL('http://127.0.0.1:1/proxy/') });
    await expect(aliyun.open({ accessKeyId, accessKeySecret, regionId: 'cn-hangzhou' }, tools)).rejects.toThrow(
      'without a path',
    );
  });
});
