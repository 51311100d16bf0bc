import { describe, expect, it } from 'vitest';
import { codeRows, outcomeOfCode } from '../../../doubles/code-rows.ts';
import { tencentCodes } from './tencent-codes.ts';

const rows = codeRows([
  ['InvalidParameterValue.IncorrectPhoneNumber', { kind: 'refused', because: 'address', suppress: 'soft' }],
  ['FailedOperation.PhoneNumberInBlacklist', { kind: 'refused', because: 'blocked', suppress: 'soft' }],
  ['LimitExceeded.AppCountryOrRegionInBlacklist', { kind: 'refused', because: 'address' }],
  [
    `FailedOperation.SignatureIncorrectOrUnapproved FailedOperation.MissingSignature FailedOperation.MissingSignatureList
     FailedOperation.MissingSignatureToModify MissingParameter.EmptyPhoneNumberSet
     FailedOperation.TemplateIncorrectOrUnapproved FailedOperation.TemplateUnapprovedOrNotExist
     FailedOperation.MissingTemplateList FailedOperation.MissingTemplateToModify FailedOperation.TemplateIdNotExist
     FailedOperation.TemplateParamSetNotMatchApprovedTemplate InvalidParameterValue.TemplateParameterFormatError
     InvalidParameterValue.TemplateParameterLengthLimit InvalidParameterValue.ProhibitedUseUrlInTemplateParameter
     InvalidParameterValue.ContentLengthLimit UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone
     UnsupportedOperation.GlobalTemplateToChineseMainlandPhone
     UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber
     UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny LimitExceeded.PhoneNumberCountLimit
     FailedOperation.ContainSensitiveWord FailedOperation.FailResolvePacket FailedOperation.JsonParseFail
     FailedOperation.OtherError FailedOperation.ParametersOtherError`,
    { kind: 'refused', because: 'content' },
  ],
  ['LimitExceeded.PhoneNumberThirtySecondLimit', { kind: 'deferred', scope: 'address', retryAfterMs: 31_000 }],
  ['LimitExceeded.PhoneNumberOneHourLimit', { kind: 'deferred', scope: 'address', retryAfterMs: 3_601_000 }],
  // It is 13:30:40 in Beijing.
  ['LimitExceeded.PhoneNumberDailyLimit', { kind: 'deferred', scope: 'address', retryAfterMs: 37_761_000 }],
  [
    'LimitExceeded.PhoneNumberSameContentDailyLimit LimitExceeded.AppCountryOrRegionDailyLimit',
    { kind: 'deferred', scope: 'delivery', retryAfterMs: 37_761_000 },
  ],
  ['FailedOperation.MarketingSendTimeConstraint', { kind: 'deferred', scope: 'delivery', retryAfterMs: 66_561_000 }],
  ['LimitExceeded.DeliveryFrequencyLimit', { kind: 'deferred', scope: 'address', retryAfterMs: null }],
  [
    `InternalError InternalError.OtherError InternalError.UnknownError InternalError.JsonParseFail RequestLimitExceeded
     RequestLimitExceeded.IPLimitExceeded RequestLimitExceeded.UinLimitExceeded
     RequestLimitExceeded.GlobalRegionUinLimitExceeded AuthFailure.RequestLimitExceeded
     LimitExceeded.GlobalSmsSendingRateLimit ServiceUnavailable`,
    { kind: 'deferred', scope: 'account', retryAfterMs: null },
  ],
  ['InternalError.Timeout InternalError.SendAndRecvFail', { kind: 'uncertain' }],
  [
    `FailedOperation.InsufficientBalanceInSmsPackage UnauthorizedOperation.SerivceSuspendDueToArrears
     UnauthorizedOperation.ServiceSuspendDueToArrears UnauthorizedOperation.SdkAppIdIsDisabled
     UnauthorizedOperation.SmsSdkAppIdVerifyFail UnauthorizedOperation.RequestIpNotInWhitelist
     UnauthorizedOperation.RequestPermissionDeny LimitExceeded.AppDailyLimit LimitExceeded.AppMainlandChinaDailyLimit
     LimitExceeded.AppGlobalDailyLimit LimitExceeded.DailyLimit AuthFailure.SecretIdNotFound AuthFailure.SignatureFailure
     AuthFailure.SignatureExpire AuthFailure.UnauthorizedOperation InternalError.RequestTimeException
     InternalError.SigVerificationFail InternalError.SigFieldMissing IpInBlacklist IpNotInWhitelist ResourceInsufficient
     InvalidParameterValue.SdkAppIdNotExist UnsupportedOperation.UnsuportedRegion`,
    { kind: 'misconfigured' },
  ],
]);

describe('the codes of tencent', () => {
  it('are covered by these rows, each once', () => {
    expect(rows.map(({ code }) => code).toSorted()).toEqual(Object.keys(tencentCodes.verdicts).toSorted());
  });

  it.each(rows)('$code', ({ code, outcome }) => {
    const { outcome: result, logged } = outcomeOfCode(tencentCodes, code);
    expect(result).toMatchObject({ ...outcome, code });
    expect('suppress' in result).toBe('suppress' in outcome);
    expect(logged).toEqual([]);
  });

  it.each([
    ['InternalError.Db', 200, { kind: 'deferred', scope: 'account' }],
    ['RequestLimitExceeded.X', 200, { kind: 'deferred', scope: 'account' }],
    ['ServiceUnavailable.X', 200, { kind: 'deferred', scope: 'account' }],
    ['LimitExceeded.X', 200, { kind: 'deferred', scope: 'address' }],
    ['AuthFailure.MFAFailure', 200, { kind: 'misconfigured' }],
    ['UnauthorizedOperation.X', 200, { kind: 'misconfigured' }],
    ['ResourceInsufficient.X', 200, { kind: 'misconfigured' }],
    ['FailedOperation.X', 200, { kind: 'refused', because: 'content' }],
    ['InvalidParameter.X', 200, { kind: 'refused', because: 'content' }],
    ['MissingParameter.X', 200, { kind: 'refused', because: 'content' }],
    ['UnsupportedOperation.X', 200, { kind: 'refused', because: 'content' }],
    ['Whatever', 200, { kind: 'refused', because: 'content' }],
    ['constructor', 200, { kind: 'refused', because: 'content' }],
    ['Whatever', 401, { kind: 'misconfigured' }],
    ['Whatever', 403, { kind: 'misconfigured' }],
    ['Whatever', 429, { kind: 'deferred', scope: 'account' }],
    ['Whatever', 500, { kind: 'uncertain' }],
  ])('not on the list: %s with status %i, and it is logged', (code, status, expected) => {
    const { outcome, logged } = outcomeOfCode(tencentCodes, code, { status });
    expect(outcome).toMatchObject({ ...expected, code });
    expect(logged).toEqual([{ code, outcome: outcome.kind }]);
  });

  it('have a row above for every family', () => {
    expect(tencentCodes.families).toHaveLength(11);
  });

  it.each(['', 'a b', '<b>', 'x'.repeat(101), '1234', 'N13800138000', '模板'])('have none like %j', (code) => {
    expect(outcomeOfCode(tencentCodes, code)).toEqual({
      outcome: expect.objectContaining({ kind: 'uncertain', code: 'unreadable_answer' }),
      logged: [],
    });
  });

  it('come with the vendor’s words, cleaned, but for those about credentials', () => {
    const message = '138 0013-8000 of Li Lei is wrong';
    expect(outcomeOfCode(tencentCodes, 'FailedOperation.OtherError', { message }).outcome).toMatchObject({
      detail: 'Tencent refused the message for a reason it does not name; Tencent says: *** of *** is wrong',
    });
    const quoted = outcomeOfCode(tencentCodes, 'AuthFailure.SignatureFailure', { message }).outcome;
    expect(JSON.stringify(quoted)).not.toContain('wrong of');
    expect(quoted).toMatchObject({ detail: 'the key is wrong: check secretKey' });
  });

  it('wait as long as the vendor asks when they name no wait of their own', () => {
    const wait = '7';
    expect(outcomeOfCode(tencentCodes, 'RequestLimitExceeded', { wait }).outcome).toMatchObject({
      retryAfterMs: 7_000,
    });
    expect(outcomeOfCode(tencentCodes, '', { status: 429, wait }).outcome).toMatchObject({
      kind: 'deferred',
      scope: 'account',
      retryAfterMs: 7_000,
      code: 'http_429',
    });
  });
});
