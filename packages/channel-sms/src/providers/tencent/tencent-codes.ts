import { account, type CodeBook, content, later, type Verdict } from '../../exchange/verdict.ts';

const secondMs = 1_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** The vendor's days and hours are those of Beijing, UTC+8. */
const beijingMs = 8 * hourMs;
/** The vendor's clock and ours differ a little: a try at the very turn of a window would only use up an attempt. */
const marginMs = secondMs;

/** Until it is next this hour of the day in Beijing. */
function untilHour(hour: number): (now: number) => number {
  return (now) => {
    const sinceThen = (((now + beijingMs - hour * hourMs) % dayMs) + dayMs) % dayMs;
    return dayMs - sinceThen + marginMs;
  };
}

function full(scope: 'delivery' | 'address', detail: string, waitMs?: (now: number) => number): Verdict {
  return { kind: 'deferred', scope, detail, ...(waitMs === undefined ? {} : { waitMs }) };
}

/**
 * Codes of SendSms: those of the call and those of a number are one list. From the page "SendSms", section "Error codes",
 * and `errors.go` of the vendor's Go SDK; the spelling is the vendor's.
 */
const verdicts: Readonly<Record<string, Verdict>> = {
  // About the number.
  'InvalidParameterValue.IncorrectPhoneNumber': {
    kind: 'refused',
    because: 'address',
    detail: 'Tencent does not take the number',
    suppress: 'soft',
  },
  'FailedOperation.PhoneNumberInBlacklist': {
    kind: 'refused',
    because: 'blocked',
    detail: "the number is on Tencent's blacklist: its owner unsubscribed or complained",
    suppress: 'soft',
  },
  'LimitExceeded.PhoneNumberThirtySecondLimit': full(
    'address',
    'the number had a message within the last 30 seconds',
    () => 30 * secondMs + marginMs,
  ),
  'LimitExceeded.PhoneNumberOneHourLimit': full(
    'address',
    'the number has had as many messages as Tencent allows in an hour',
    () => hourMs + marginMs,
  ),
  'LimitExceeded.PhoneNumberDailyLimit': full(
    'address',
    'the number has had as many messages as Tencent allows in a day',
    untilHour(0),
  ),
  'LimitExceeded.PhoneNumberSameContentDailyLimit': full(
    'delivery',
    'the number has had this text as often as Tencent allows in a day',
    untilHour(0),
  ),
  'LimitExceeded.DeliveryFrequencyLimit': full(
    'address',
    'the number has had as many messages as the limits in the Tencent console allow for now',
  ),
  // About its country: other countries go on, so the account is not to blame.
  'LimitExceeded.AppCountryOrRegionDailyLimit': full(
    'delivery',
    'the daily cap for that country set in the Tencent console is reached',
    untilHour(0),
  ),
  'LimitExceeded.AppCountryOrRegionInBlacklist': {
    kind: 'refused',
    because: 'address',
    detail: 'the country is blocked in the Tencent console',
  },

  // About the message: signature.
  'FailedOperation.SignatureIncorrectOrUnapproved': content(
    'the signature does not exist or is not approved: check signName',
  ),
  'FailedOperation.MissingSignature': content('the message has no signature: give sms.signName'),
  'FailedOperation.MissingSignatureList': content('the application has no signature yet'),
  'FailedOperation.MissingSignatureToModify': content('the signature does not exist'),
  'MissingParameter.EmptyPhoneNumberSet': content('the request had no number'),
  // Template and variables.
  'FailedOperation.TemplateIncorrectOrUnapproved': content(
    'the template does not exist or is not approved: check templateCode',
  ),
  'FailedOperation.TemplateUnapprovedOrNotExist': content(
    'the template does not exist or is not approved: check templateCode',
  ),
  'FailedOperation.MissingTemplateList': content('the application has no template yet'),
  'FailedOperation.MissingTemplateToModify': content('the template does not exist'),
  'FailedOperation.TemplateIdNotExist': content('the template does not exist: check templateCode'),
  'FailedOperation.TemplateParamSetNotMatchApprovedTemplate': content(
    'the variables are not as many as the template has',
  ),
  'InvalidParameterValue.TemplateParameterFormatError': content(
    "a variable's value does not fit its kind: a code has at most 6 digits",
  ),
  'InvalidParameterValue.TemplateParameterLengthLimit': content(
    "a variable's value is too long: a private person's account has 12 characters",
  ),
  'InvalidParameterValue.ProhibitedUseUrlInTemplateParameter': content(
    "a variable's value has a link in it: put the link into the template",
  ),
  'InvalidParameterValue.ContentLengthLimit': content('the text is too long'),
  'UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone': content('a mainland template was used for abroad'),
  'UnsupportedOperation.GlobalTemplateToChineseMainlandPhone': content(
    'an international template was used for a mainland number',
  ),
  'UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber': content(
    'mainland and other numbers were in one request',
  ),
  'UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny': content(
    "a private person's account may not send marketing",
  ),
  'LimitExceeded.PhoneNumberCountLimit': content('too many numbers in one request'),
  'FailedOperation.ContainSensitiveWord': content('the text has a forbidden word in it'),
  'FailedOperation.FailResolvePacket': content('the request could not be read'),
  'FailedOperation.JsonParseFail': content('the request could not be read'),
  'FailedOperation.OtherError': content('Tencent refused the message for a reason it does not name'),
  'FailedOperation.ParametersOtherError': content('a parameter of the request is wrong'),
  'FailedOperation.MarketingSendTimeConstraint': full(
    'delivery',
    'marketing goes out from 08:00 to 22:00 in Beijing only',
    untilHour(8),
  ),

  // About the account: everything waits until it is mended.
  'FailedOperation.InsufficientBalanceInSmsPackage': account('the SMS package is used up: buy another one'),
  'UnauthorizedOperation.SerivceSuspendDueToArrears': account('the service is suspended: pay the Tencent account'),
  'UnauthorizedOperation.ServiceSuspendDueToArrears': account('the service is suspended: pay the Tencent account'),
  'UnauthorizedOperation.SdkAppIdIsDisabled': account('the application is disabled: check sdkAppId'),
  'UnauthorizedOperation.SmsSdkAppIdVerifyFail': account('the application is not of this account: check sdkAppId'),
  'UnauthorizedOperation.RequestIpNotInWhitelist': account("this machine's address is not on the account's list"),
  'UnauthorizedOperation.RequestPermissionDeny': account('the key may not send: grant it QcloudSMSFullAccess'),
  'LimitExceeded.AppDailyLimit': account('the daily cap set in the Tencent console is reached'),
  'LimitExceeded.AppMainlandChinaDailyLimit': account('the daily mainland cap set in the Tencent console is reached'),
  'LimitExceeded.AppGlobalDailyLimit': account('the daily international cap set in the Tencent console is reached'),
  'LimitExceeded.DailyLimit': account('the daily cap for international messages is reached'),
  'AuthFailure.SecretIdNotFound': account('the key does not exist: check secretId'),
  'AuthFailure.SignatureFailure': account('the key is wrong: check secretKey'),
  'AuthFailure.SignatureExpire': account("this machine's clock is more than 5 minutes off"),
  'AuthFailure.UnauthorizedOperation': account('the key may not send: grant it QcloudSMSFullAccess'),
  'InternalError.RequestTimeException': account("this machine's clock is more than 10 minutes off"),
  'InternalError.SigVerificationFail': account('the signature of the request was not accepted'),
  'InternalError.SigFieldMissing': account('the signature of the request was not accepted'),
  IpInBlacklist: account("this machine's address is blocked"),
  IpNotInWhitelist: account("this machine's address is not on the account's list"),
  ResourceInsufficient: account('a resource of the account is used up'),
  // Only a wrong setting brings these: no message is to blame.
  'InvalidParameterValue.SdkAppIdNotExist': account('the application does not exist: check sdkAppId'),
  'UnsupportedOperation.UnsuportedRegion': account('the region has no SMS service: check region'),

  // Later it may work.
  InternalError: later('a fault inside Tencent'),
  'InternalError.OtherError': later('a fault inside Tencent'),
  'InternalError.UnknownError': later('a fault inside Tencent'),
  'InternalError.JsonParseFail': later('a fault inside Tencent'),
  RequestLimitExceeded: later('too many requests for now'),
  'RequestLimitExceeded.IPLimitExceeded': later('too many requests of this address for now'),
  'RequestLimitExceeded.UinLimitExceeded': later('too many requests of this account for now'),
  'RequestLimitExceeded.GlobalRegionUinLimitExceeded': later('too many requests of this account for now'),
  'AuthFailure.RequestLimitExceeded': later('too many requests for now'),
  'LimitExceeded.GlobalSmsSendingRateLimit': later('too many messages for now'),
  ServiceUnavailable: later('the service is not available for now'),
  // The vendor lost its own answer: the message may be on its way.
  'InternalError.Timeout': { kind: 'uncertain', detail: 'a part of Tencent did not answer in time' },
  'InternalError.SendAndRecvFail': { kind: 'uncertain', detail: 'a part of Tencent lost the answer of another' },
};

export const tencentCodes: CodeBook = {
  vendor: 'Tencent',
  // No digits in a row: a code never has them, and what is not a code may be a number.
  shape: /^(?!.*\d{3})[A-Za-z][\w.]{0,99}$/,
  verdicts,
  families: [
    { prefix: 'InternalError', verdict: later('a fault inside Tencent') },
    { prefix: 'RequestLimitExceeded', verdict: later('too many requests for now') },
    { prefix: 'ServiceUnavailable', verdict: later('the service is not available for now') },
    { prefix: 'LimitExceeded', verdict: full('address', 'a limit is reached for now') },
    { prefix: 'AuthFailure', verdict: account('the key does not work: check secretId and secretKey') },
    { prefix: 'UnauthorizedOperation', verdict: account('the account may not do this') },
    { prefix: 'ResourceInsufficient', verdict: account('a resource of the account is used up') },
    { prefix: 'FailedOperation', verdict: content('Tencent refused the message') },
    { prefix: 'InvalidParameter', verdict: content('a parameter of the request is wrong') },
    { prefix: 'MissingParameter', verdict: content('a parameter of the request is missing') },
    { prefix: 'UnsupportedOperation', verdict: content('Tencent does not send this message') },
  ],
};
