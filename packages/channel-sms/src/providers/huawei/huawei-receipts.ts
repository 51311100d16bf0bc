import { delivered, nothing, objection, type ReceiptBook, undelivered } from '../../callback/receipt-book.ts';

/**
 * `status` of a report, from "SMS status error codes" of Message&SMS. Carriers' own codes come through as they are; those of
 * China Mobile for numbers that do not exist, are out of service or switched off begin with `MK:`.
 */
export const huaweiReceipts: ReceiptBook = {
  vendor: 'Huawei',
  codes: {
    DELIVRD: delivered('the phone has it'),
    ACCEPTD: nothing('the carrier has it'),
    UNKNOWN: nothing('the carrier does not know what became of it'),

    // The owner of the number will not have it.
    BLACK: undelivered('the number is on a blacklist', 'hard'),
    MBBLACK: undelivered('the number is on a blacklist', 'hard'),
    TDBLACK: objection('unsubscribe', 'the recipient unsubscribed'),
    TSBLACK: objection('complaint', 'the recipient complained'),
    // For now, as far as anybody knows.
    UNDELIV: undelivered('the phone is switched off, or the number is out of service', 'soft'),
    EXPIRED: undelivered('the phone could not be reached in time', 'soft'),

    LIMIT: undelivered('the number has had as many messages as Huawei allows for now'),
    MILIMIT: undelivered('the number has had as many messages in a minute as Huawei allows'),
    BEYONDN: undelivered('the number has had as many messages as Huawei allows for now'),
    CTLIMIT: undelivered('the number has had as many messages as the carrier allows for now'),
    KEYWORD: undelivered('the text has a forbidden word in it'),
    REJECTD: undelivered('the carrier refused it'),
    DELETED: undelivered('the carrier deleted it'),
  },
  families: [
    { prefix: 'MK:', meaning: undelivered('the number does not exist, is out of service or switched off', 'soft') },
    {
      prefix: 'E200',
      meaning: undelivered('Huawei did not pass it on: the page "SMS status error codes" has the reason'),
    },
  ],
};
