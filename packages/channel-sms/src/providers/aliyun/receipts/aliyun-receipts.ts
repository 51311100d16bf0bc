import { delivered, nothing, objection, type ReceiptBook, undelivered } from '../../../callback/receipt-book.ts';

/** `err_code` of SmsReport and of QuerySendDetails, from "Delivery error codes" of its pages; the spelling is the vendor's. */
export const aliyunReceipts: ReceiptBook = {
  vendor: 'Aliyun',
  codes: {
    DELIVERED: delivered('the phone has it'),
    // The carrier says nothing more, ever: that is no failure.
    REQUEST_SUCCESS: nothing('the carrier took it and gave no receipt'),

    // About the number, for good.
    INVALID_NUMBER: undelivered('the number does not exist', 'hard'),
    MOBILE_IN_BLACK: undelivered("the number is on the carrier's or Aliyun's blacklist", 'hard'),
    USER_REJECT: objection('unsubscribe', 'the recipient unsubscribed'),
    // For now, as far as anybody knows.
    MOBILE_NOT_ON_SERVICE: undelivered('the number is out of service', 'soft'),
    MOBILE_ACCOUNT_ABNORMAL: undelivered("the number's account is in an abnormal state", 'soft'),
    MOBLLE_TERMINAL_ERROR: undelivered('the phone is switched off, full or out of reach', 'soft'),
    MOBILE_TERMINAL_ERROR: undelivered('the phone is switched off, full or out of reach', 'soft'),
    SP_NOT_BY_INTER_SMS: undelivered('the number does not receive messages of this kind', 'soft'),
    MOBILE_SEND_LIMIT: undelivered('the number has had as many messages as the carrier allows for now'),

    // About the message.
    CONTENT_KEYWORD: undelivered('the text has a forbidden word in it'),
    CONTENT_ERROR: undelivered('the text is not allowed, such as marketing that does not say how to opt out'),
    PARAMS_ILLEGAL: undelivered("a variable's value is not allowed"),

    // About the account: nothing of this kind arrives until it is mended.
    PORT_NOT_REGISTERED: undelivered(
      'the signature is not registered with the carriers: file it in the Aliyun console',
    ),
    IS_CLOSE: undelivered('the channel of the signature is closed: look at it in the Aliyun console'),
    NO_ROUTE: undelivered('Aliyun has no way to that number'),

    SP_UNKNOWN_ERROR: undelivered('the carrier did not deliver it and does not say why'),
  },
  families: [],
};
