/** What a code of the vendor means for a delivery; the outcome is built from it. */
export type Verdict =
  | {
      readonly kind: 'refused';
      readonly because: 'address' | 'content' | 'blocked';
      readonly detail: string;
      readonly suppress?: 'soft';
    }
  | {
      readonly kind: 'deferred';
      readonly scope: 'delivery' | 'address' | 'account';
      readonly detail: string;
      /** The wait is the window that the vendor's message names. */
      readonly window?: true;
    }
  | { readonly kind: 'misconfigured' | 'uncertain'; readonly detail: string };

const content = (detail: string): Verdict => ({ kind: 'refused', because: 'content', detail });
const account = (detail: string): Verdict => ({ kind: 'misconfigured', detail });
const later = (detail: string): Verdict => ({ kind: 'deferred', scope: 'account', detail });

/**
 * Codes of SendSms without their prefix `isv.` (the caller's side) or `isp.` (the vendor's), since the international API
 * leaves it out. From "API error codes" (help.aliyun.com/document_detail/101346.html) and the public error pages of the
 * OpenAPI gateway. `suppress` is only ever soft: a domestic template used abroad is answered by the same code as a bad number.
 */
export const verdicts: Readonly<Record<string, Verdict>> = {
  // About the number.
  MOBILE_NUMBER_ILLEGAL: {
    kind: 'refused',
    because: 'address',
    detail: 'Aliyun does not take the number, or its template is not for that country',
    suppress: 'soft',
  },
  CUSTOMER_REFUSED: { kind: 'refused', because: 'blocked', detail: 'the recipient unsubscribed', suppress: 'soft' },
  NOT_SUPPORTED_COUNTRY: { kind: 'refused', because: 'address', detail: 'Aliyun does not send to that country' },
  SMS_SECURITY_INTERCEPTED: {
    kind: 'refused',
    because: 'blocked',
    detail: "Aliyun's risk control stopped the message",
  },
  BUSINESS_LIMIT_CONTROL: {
    kind: 'deferred',
    scope: 'address',
    detail: 'the number has had as many messages as Aliyun allows for now',
    window: true,
  },

  // About the message: signature.
  SMS_SIGNATURE_ILLEGAL: content('the signature does not exist or is not approved: check signName'),
  SMS_SIGN_ILLEGAL: content('the signature is not allowed: check signName'),
  SIGN_NAME_ILLEGAL: content('the signature is spelt wrong: check signName'),
  SIGN_STATE_ILLEGAL: content('the signature is not in force: look at its state in the Aliyun console'),
  SIGN_SOURCE_ILLEGAL: content("the signature's source is not approved: look at it in the Aliyun console"),
  SMS_SIGNATURE_SCENE_ILLEGAL: content('the signature is for another kind of message than the template'),
  ONE_CODE_MULTIPLE_SIGN: content('the extension code belongs to another signature'),
  INVALID_SENDERID: content('the sender id is not registered for that country'),
  // Template and variables.
  SMS_TEMPLATE_ILLEGAL: content('the template does not exist or is not approved: check templateCode'),
  TEMPLATE_MISSING_PARAMETERS: content('a variable of the template is missing in params'),
  TEMPLATE_PARAMS_ILLEGAL: content("a variable's value does not fit its kind in the template"),
  INVALID_JSON_PARAM: content('the variables were not read as JSON of strings'),
  INVALID_PARAMETERS: content('a parameter of the request is wrong'),
  PARAM_LENGTH_LIMIT: content("a variable's value is too long"),
  PARAM_NOT_SUPPORT_URL: content("a variable's value has a link in it: put the link into the template"),
  SMS_CONTENT_MISMATCH_TEMPLATE_TYPE: content('the text does not fit the kind of the template'),
  MOBILE_COUNT_OVER_LIMIT: content('too many numbers in one request'),
  DOMESTIC_NUMBER_NOT_SUPPORTED: content('an international template was used for a mainland number'),
  EXTEND_CODE_ERROR: content('the extension code is wrong'),
  CODE_EXCEED_LIMIT: content('the extension code is too long'),
  CODE_ERROR: content('the extension code is wrong'),
  // Text. BLACK_KEY is a word in it; some read it as a blacklisted number, so the number is not held against anyone.
  BLACK_KEY_CONTROL_LIMIT: content("a variable's value has a forbidden word in it"),
  SMS_CONTENT_ILLEGAL: content('the text has forbidden content in it'),
  UNSUPPORTED_CONTENT: content('the text has characters that Aliyun does not send, such as emoji'),

  // About the account: everything waits until it is mended.
  AMOUNT_NOT_ENOUGH: account('the balance is used up: top up the Aliyun account'),
  OUT_OF_SERVICE: account('the account is out of service: look at its balance and state in the Aliyun console'),
  ONLINE_BILLING_FAILED: account('Aliyun could not bill the account'),
  DAY_LIMIT_CONTROL: account('the daily cap set in the Aliyun console is reached'),
  MONTH_LIMIT_CONTROL: account('the monthly cap set in the Aliyun console is reached'),
  PRODUCT_UN_SUBSCRIPT: account('the account has not subscribed to Short Message Service'),
  PRODUCT_UNSUBSCRIBE: account('the account has not subscribed to Short Message Service'),
  ACCOUNT_NOT_EXISTS: account('the account does not exist'),
  ACCOUNT_ABNORMAL: account('the account is in an abnormal state: look at it in the Aliyun console'),
  DENY_IP_RANGE: account("Aliyun does not serve this machine's region or address"),
  RAM_PERMISSION_DENY: account('the access key may not send: grant its RAM user AliyunDysmsFullAccess'),
  'Forbidden.RAM': account('the access key may not send: grant its RAM user AliyunDysmsFullAccess'),
  'InvalidAccessKeyId.NotFound': account('the access key id does not exist: check accessKeyId'),
  MissingAccessKeyId: account('the request had no access key id: check accessKeyId'),
  SignatureDoesNotMatch: account('the access key secret is wrong: check accessKeySecret'),
  'InvalidTimeStamp.Expired': account("this machine's clock is more than 15 minutes off"),
  // Only a wrong endpoint or an SDK out of date brings these: no message is to blame.
  InvalidVersion: account('the endpoint does not know the API version: check endpoint'),
  'InvalidAction.NotFound': account('the endpoint does not know SendSms: check endpoint'),

  // Later it may work.
  Throttling: later('too many requests for now'),
  'Throttling.User': later('too many requests of this account for now'),
  'Throttling.Api': later('too many requests to this API for now'),
  QPS_LIMIT_CONTROL: later('too many requests of this account for now'),
  ServiceUnavailable: later('the service is not available for now'),
  InternalError: later('a fault inside Aliyun'),
  SYSTEM_ERROR: later('a fault inside Aliyun'),
  GATEWAY_ERROR: later('a fault between Aliyun and the carrier'),
  // Also seen when a value does not match its variable's kind, so it says nothing about the account.
  UNKNOWN_ERROR: { kind: 'deferred', scope: 'delivery', detail: 'a fault that Aliyun does not name' },
  SignatureNonceUsed: { kind: 'deferred', scope: 'delivery', detail: 'the request number was already used' },
};

/** Codes that no list has: by their beginning, prefix included. The first that fits decides. */
export const families: readonly { readonly prefix: string; readonly verdict: Verdict }[] = [
  { prefix: 'Throttling', verdict: later('too many requests for now') },
  { prefix: 'InternalError', verdict: later('a fault inside Aliyun') },
  { prefix: 'ServiceUnavailable', verdict: later('the service is not available for now') },
  { prefix: 'isp.', verdict: { kind: 'deferred', scope: 'delivery', detail: 'a fault on the side of Aliyun' } },
  { prefix: 'Forbidden', verdict: account('the access key may not do this') },
  { prefix: 'NoPermission', verdict: account('the access key may not do this') },
  { prefix: 'InvalidAccessKey', verdict: account('the access key does not work: check accessKeyId') },
  { prefix: 'InactiveAccessKey', verdict: account('the access key is disabled') },
  { prefix: 'InvalidSecurityToken', verdict: account('the security token does not work') },
  { prefix: 'IncompleteSignature', verdict: account('the request signature was not accepted') },
  { prefix: 'SignatureDoesNotMatch', verdict: account('the access key secret is wrong: check accessKeySecret') },
  { prefix: 'InvalidTimeStamp', verdict: account("this machine's clock is off") },
  { prefix: 'isv.', verdict: content('Aliyun refused the message') },
  { prefix: 'InvalidParameter', verdict: content('a parameter of the request is wrong') },
  { prefix: 'MissingParameter', verdict: content('a parameter of the request is missing') },
];

/** Codes that neither list has, by the HTTP status: below 500 the gateway has refused, from 500 on it may have passed it on. */
export function verdictByStatus(status: number): Verdict {
  if (status === 401 || status === 403) return account('Aliyun rejected the credentials');
  if (status === 429) return later('too many requests for now');
  if (status >= 500) return { kind: 'uncertain', detail: 'a fault inside Aliyun, at an unknown moment' };
  return content('Aliyun refused the message');
}

/** Where a BUSINESS_LIMIT_CONTROL message names its window: `触发小时级流控Permits:5`. The first that fits decides. */
export const windows: readonly { readonly sign: RegExp; readonly window: 'minute' | 'hour' | 'day' }[] = [
  { sign: /天级|daily|\bday/i, window: 'day' },
  { sign: /小时级|hour/i, window: 'hour' },
  { sign: /分钟级|minute/i, window: 'minute' },
];
