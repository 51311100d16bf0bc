import { describe, expect, it } from 'vitest';
import { families, verdicts } from './aliyun-codes.ts';
import { type AliyunAnswer, answerIn, isUnlisted, outcomeOfRefusal } from './aliyun-outcome.ts';

const now = Date.parse('2026-11-23T05:30:40.000Z');

function answer(code: string, over: Partial<AliyunAnswer> = {}): AliyunAnswer {
  return { status: 200, code, message: '', requestId: 'R', retryAfterMs: null, ...over };
}

/** The classes of the vendor's documentation, written down a second time: a slip in the table shows here. */
const classes = [
  ['refused address', 'MOBILE_NUMBER_ILLEGAL NOT_SUPPORTED_COUNTRY', { kind: 'refused', because: 'address' }],
  ['refused blocked', 'CUSTOMER_REFUSED SMS_SECURITY_INTERCEPTED', { kind: 'refused', because: 'blocked' }],
  [
    'refused content',
    `SMS_SIGNATURE_ILLEGAL SMS_SIGN_ILLEGAL SIGN_NAME_ILLEGAL SIGN_STATE_ILLEGAL SIGN_SOURCE_ILLEGAL
     SMS_SIGNATURE_SCENE_ILLEGAL SMS_TEMPLATE_ILLEGAL TEMPLATE_MISSING_PARAMETERS TEMPLATE_PARAMS_ILLEGAL
     INVALID_JSON_PARAM INVALID_PARAMETERS PARAM_LENGTH_LIMIT PARAM_NOT_SUPPORT_URL BLACK_KEY_CONTROL_LIMIT
     SMS_CONTENT_ILLEGAL SMS_CONTENT_MISMATCH_TEMPLATE_TYPE UNSUPPORTED_CONTENT MOBILE_COUNT_OVER_LIMIT
     DOMESTIC_NUMBER_NOT_SUPPORTED EXTEND_CODE_ERROR ONE_CODE_MULTIPLE_SIGN CODE_EXCEED_LIMIT CODE_ERROR INVALID_SENDERID`,
    { kind: 'refused', because: 'content' },
  ],
  ['deferred address', 'BUSINESS_LIMIT_CONTROL', { kind: 'deferred', scope: 'address' }],
  ['deferred delivery', 'UNKNOWN_ERROR SignatureNonceUsed', { kind: 'deferred', scope: 'delivery' }],
  [
    'deferred account',
    `Throttling Throttling.User Throttling.Api ServiceUnavailable InternalError SYSTEM_ERROR GATEWAY_ERROR
     QPS_LIMIT_CONTROL`,
    { kind: 'deferred', scope: 'account' },
  ],
  [
    'misconfigured',
    `AMOUNT_NOT_ENOUGH OUT_OF_SERVICE DAY_LIMIT_CONTROL MONTH_LIMIT_CONTROL PRODUCT_UN_SUBSCRIPT PRODUCT_UNSUBSCRIBE
     ACCOUNT_NOT_EXISTS ACCOUNT_ABNORMAL DENY_IP_RANGE RAM_PERMISSION_DENY Forbidden.RAM InvalidAccessKeyId.NotFound
     MissingAccessKeyId SignatureDoesNotMatch InvalidTimeStamp.Expired ONLINE_BILLING_FAILED InvalidVersion
     InvalidAction.NotFound`,
    { kind: 'misconfigured' },
  ],
] as const;
const rows = classes.flatMap(([name, codes, outcome]) => codes.split(/\s+/).map((code) => ({ name, code, outcome })));

describe('the table of codes', () => {
  it('is covered by these rows, each code once', () => {
    expect(rows.map(({ code }) => code).toSorted()).toEqual(Object.keys(verdicts).toSorted());
  });

  it.each(rows)('$code is $name, with and without prefix', ({ code, outcome }) => {
    for (const spelling of [code, `isv.${code}`, `isp.${code}`]) {
      const result = outcomeOfRefusal(answer(spelling), now, []);
      expect(result).toMatchObject({ ...outcome, code: spelling });
      expect('detail' in result && result.detail.length).toBeGreaterThan(10);
      expect(isUnlisted(spelling)).toBe(false);
    }
  });

  it('asks to suppress softly, and only for what is about the number', () => {
    const suppressing = rows.filter(({ code }) => 'suppress' in outcomeOfRefusal(answer(code), now, []));
    expect(suppressing.map(({ code }) => code)).toEqual(['MOBILE_NUMBER_ILLEGAL', 'CUSTOMER_REFUSED']);
  });
});

describe('codes that no list has', () => {
  it.each([
    ['isv.SOMETHING_NEW', 200, { kind: 'refused', because: 'content' }],
    ['isp.SOMETHING_NEW', 200, { kind: 'deferred', scope: 'delivery' }],
    ['Throttling.Api.Risk', 400, { kind: 'deferred', scope: 'account' }],
    ['InternalError.Db', 500, { kind: 'deferred', scope: 'account' }],
    ['ServiceUnavailable.Zone', 503, { kind: 'deferred', scope: 'account' }],
    ['Forbidden.AccessKeyDisabled', 403, { kind: 'misconfigured' }],
    ['NoPermission', 403, { kind: 'misconfigured' }],
    ['InvalidAccessKeyId.Inactive', 400, { kind: 'misconfigured' }],
    ['InactiveAccessKey', 400, { kind: 'misconfigured' }],
    ['InvalidSecurityToken.Expired', 400, { kind: 'misconfigured' }],
    ['IncompleteSignature', 400, { kind: 'misconfigured' }],
    ['SignatureDoesNotMatch.Old', 400, { kind: 'misconfigured' }],
    ['InvalidTimeStamp.Format', 400, { kind: 'misconfigured' }],
    ['InvalidParameter.SignName', 400, { kind: 'refused', because: 'content' }],
    ['MissingParameter', 400, { kind: 'refused', because: 'content' }],
    ['Whatever', 400, { kind: 'refused', because: 'content' }],
    ['Whatever', 200, { kind: 'refused', because: 'content' }],
    ['Whatever', 401, { kind: 'misconfigured' }],
    ['Whatever', 403, { kind: 'misconfigured' }],
    ['Whatever', 429, { kind: 'deferred', scope: 'account' }],
    ['Whatever', 500, { kind: 'uncertain' }],
    ['constructor', 200, { kind: 'refused', because: 'content' }],
    ['', 200, { kind: 'uncertain', code: 'unreadable_answer' }],
  ])('%s with status %i', (code, status, outcome) => {
    expect(outcomeOfRefusal(answer(code, { status }), now, [])).toMatchObject(outcome);
    expect(isUnlisted(code)).toBe(true);
  });

  it('has a row above for every family', () => {
    expect(families).toHaveLength(15);
  });

  it.each(['a b', '<b>', 'x'.repeat(65), '1234', '模板'])('takes %j for no answer of Aliyun', (code) => {
    expect(outcomeOfRefusal(answer(code), now, [])).toMatchObject({ kind: 'uncertain', code: 'unreadable_answer' });
  });

  it('passes no number on in a code', () => {
    expect(outcomeOfRefusal(answer('isv.N13800138000'), now, [])).toMatchObject({ kind: 'refused', code: 'isv.N***' });
  });
});

describe('the wait', () => {
  const minute = 60_000;
  it.each([
    ['触发分钟级流控Permits:1', 20_000],
    ['触发小时级流控Permits:5', 29 * minute + 20_000],
    ['触发天级流控Permits:10', 24 * 60 * minute - 1_000],
    ['Minute limit. Permits:1', 20_000],
    ['hourly limit', 29 * minute + 20_000],
    ['daily limit', 24 * 60 * minute - 1_000],
    ['says nothing', 29 * minute + 20_000],
  ])('of %s ends with the window', (message, ms) => {
    const outcome = outcomeOfRefusal(answer('isv.BUSINESS_LIMIT_CONTROL', { message }), now, []);
    expect(outcome).toMatchObject({ kind: 'deferred', retryAfterMs: ms + 1_000 });
  });

  it('is what the vendor asked for when it throttles', () => {
    const outcome = outcomeOfRefusal(answer('Throttling.User', { retryAfterMs: 1_234 }), now, []);
    expect(outcome).toMatchObject({ kind: 'deferred', retryAfterMs: 1_234 });
  });
});

describe('the detail', () => {
  const detailOf = (message: string, confidential: readonly string[] = [], code = 'isv.X') => {
    const outcome = outcomeOfRefusal(answer(code, { message }), now, confidential);
    return 'detail' in outcome ? outcome.detail : '';
  };

  it("brings the vendor's words without numbers, codes and values", () => {
    const detail = detailOf('bad 138 0013-8000, １２３４, 5678 for Li Lei\u0000\r\nof A1B2', ['Li Lei', 'A1B2']);
    expect(detail).toBe('Aliyun refused the message; Aliyun says: bad ***, ***, *** for *** of ***');
  });

  it('cuts out the longer value first', () => {
    expect(detailOf('no Alexandra', ['Alex', 'Alexandra'])).toContain('no ***');
    expect(detailOf('no Alexandra', ['Alex', 'Alexandra'])).not.toContain('andra');
  });

  it('is short, and whole characters', () => {
    const detail = detailOf('😀'.repeat(500));
    expect([...detail.slice(detail.indexOf('😀'))]).toHaveLength(200);
  });

  it('leaves out what the vendor says about credentials: it may be the request', () => {
    const quoted = 'server string to sign is: POST&%2F&PhoneNumbers';
    expect(detailOf(quoted, [], 'SignatureDoesNotMatch')).not.toContain('POST');
  });
});

describe('what the SDK throws', () => {
  it('is read as the answer it was made from', () => {
    const thrown = Object.assign(new Error('X: code: 404'), {
      statusCode: 404,
      data: { Code: 'X', Message: 'm', RequestId: 'r' },
      retryAfter: 5,
    });
    expect(answerIn(thrown)).toEqual({ status: 404, code: 'X', message: 'm', requestId: 'r', retryAfterMs: 5 });
  });

  it.each([
    null,
    'text',
    new Error('x'),
    { statusCode: 500, data: {} },
    { statusCode: 500, data: null },
    { statusCode: 500, data: { Code: 5 } },
    { statusCode: '500', data: { Code: 'X' } },
  ])('is no answer: %j', (thrown) => {
    expect(answerIn(thrown)).toBeNull();
  });
});
