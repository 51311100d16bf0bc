import { account, type CodeBook, content, type Verdict } from '../../exchange/verdict.ts';

/** `E000001` to `E000026`, say: the codes of a range that mean one thing. */
function range(first: number, last: number, verdict: Verdict): Readonly<Record<string, Verdict>> {
  const numbers = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  return Object.fromEntries(numbers.map((number) => [`E${String(number).padStart(6, '0')}`, verdict]));
}

const tenMinutesMs = 10 * 60_000;

/**
 * Codes of batchSendSms, from "API error codes" of Message&SMS and from clients in use; what neither explains is told by its
 * family.
 */
const verdicts: Readonly<Record<string, Verdict>> = {
  // About the message.
  E000000: content('the request could not be read'),
  E000503: content('a parameter of the request has a wrong format'),
  E000510: content('Huawei refused the message, and does not say why'),
  E200018: content('the channel number is not the one of the template: check from and templateCode'),
  E200028: content('the variables do not fit the template'),
  E200029: content('the template is of another kind than the channel number'),
  E200030: content('the template is not active: look at its state in the Huawei console'),
  E200031: content('the template does not take this message'),
  E200033: content('the template is of another kind than the channel number'),

  // About the account: everything waits until it is mended.
  ...range(1, 26, account('the authorization of the request was not accepted: check appKey, appSecret and endpoint')),
  ...range(101, 109, account('the key was not accepted: check appKey and appSecret')),
  E000110: account("this machine's clock is more than 15 minutes off"),
  E000111: account('the application does not exist: check appKey'),
  E000112: account('the application is frozen: look at its balance and state in the Huawei console'),
  E000620: account("this machine's address is not on the application's list"),
  E000623: account('the volume cap of the application is reached'),
  E000630: account('the volume cap of the application is reached'),

  // "A number twice in one request", of which there is one: it may have its message already.
  E200041: { kind: 'uncertain', detail: 'Huawei took the number for one named twice' },

  // Later it may work.
  E200015: {
    kind: 'deferred',
    scope: 'account',
    detail: 'too many messages wait at Huawei for now',
    waitMs: () => tenMinutesMs,
  },
};

/** Codes of the call as a whole. */
export const huaweiCodes: CodeBook = {
  vendor: 'Huawei',
  shape: /^E\d{6}$/,
  verdicts,
  families: [
    { prefix: 'E0000', verdict: account('the authorization of the request was not accepted') },
    { prefix: 'E0001', verdict: account('the key was not accepted: check appKey and appSecret') },
    { prefix: 'E0005', verdict: content('a parameter of the request is wrong') },
    { prefix: 'E0006', verdict: account('the application may not send for now') },
    { prefix: 'E200', verdict: content('Huawei refused the message') },
  ],
};

/** Codes of one number within the call: there, a wrong format can only be its own. */
export const huaweiNumberCodes: CodeBook = {
  ...huaweiCodes,
  verdicts: {
    ...verdicts,
    E000503: { kind: 'refused', because: 'address', detail: 'Huawei does not take the number', suppress: 'soft' },
  },
};
