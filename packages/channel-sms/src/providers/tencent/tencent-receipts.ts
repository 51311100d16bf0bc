import { delivered, type ReceiptBook, undelivered } from '../../callback/receipt-book.ts';

/**
 * `errmsg` of the status notification, from "SMS receipt status codes". Carriers' own codes come through as they are; those
 * of China Mobile for numbers that do not exist, are out of service or switched off begin with `MK:`.
 */
export const tencentReceipts: ReceiptBook = {
  vendor: 'Tencent',
  codes: {
    DELIVRD: delivered('the phone has it'),
    UNDELIV: undelivered('the phone is switched off, or the number is out of service', 'soft'),
    EXPIRED: undelivered('the phone could not be reached in time', 'soft'),
    SUBFAIL: undelivered('the carrier did not take the number', 'soft'),
    REJECTD: undelivered('the carrier refused it: a forbidden word, or a text or sender that it was not told of'),
    DELETED: undelivered('the carrier deleted it, mostly for the phone'),
    UNKNOWN: undelivered('the carrier did not deliver it and does not say why'),
    COMFAIL: undelivered('the connection to the carrier was disturbed'),
    WTNFAIL: undelivered("the carrier's network was disturbed"),
  },
  families: [
    { prefix: 'MK:', meaning: undelivered('the number does not exist, is out of service or switched off', 'soft') },
  ],
};
