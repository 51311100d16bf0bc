import { delivered, nothing, objection, type ReceiptBook, undelivered } from '../../callback/receipt-book.ts';

/**
 * `MessageStatus` of a status callback ("Message status values"), and the `ErrorCode` of one that did not arrive ("Error and
 * Warning Dictionary").
 */
export const twilioReceipts: ReceiptBook = {
  vendor: 'Twilio',
  codes: {
    delivered: delivered('the phone, or its carrier, has it'),
    read: delivered('the recipient has read it'),
    // On its way: another callback follows.
    accepted: nothing('Twilio has it'),
    scheduled: nothing('Twilio has it, for later'),
    queued: nothing('it waits at Twilio'),
    sending: nothing('it is on its way to the carrier'),
    sent: nothing('the carrier has it'),
    // Without a code of its own.
    undelivered: undelivered('the carrier did not deliver it and does not say why'),
    failed: undelivered('Twilio could not send it and does not say why'),
    canceled: undelivered('it was canceled at Twilio'),

    // About the number, for good.
    21211: undelivered('it is not a valid phone number', 'hard'),
    21610: objection('unsubscribe', 'the recipient answered STOP'),
    21614: undelivered('the number is not of a mobile phone', 'hard'),
    30004: undelivered('the recipient, or their carrier, blocks the message', 'hard'),
    30006: undelivered('the number is of a landline, or of a carrier that cannot be reached', 'hard'),
    // For now, as far as anybody knows.
    30003: undelivered('the phone cannot be reached', 'soft'),
    30005: undelivered('the phone is not known, or switched off', 'soft'),
    30008: undelivered('the carrier did not take the message and does not say why', 'soft'),

    30007: undelivered('the carrier took the text for spam'),
    30036: undelivered('the message was no longer valid when its turn came'),
    30450: undelivered("Twilio's fraud guard stopped the message: look at SMS Pumping Protection in its console"),
    30453: undelivered("Twilio's fraud guard stopped the message: look at SMS Pumping Protection in its console"),

    30001: undelivered('the queue of the account was full'),
    30002: undelivered('the account is suspended: look at it in the Twilio console'),
    30017: undelivered('the carrier had too many messages'),
    30410: undelivered('the carrier did not answer in time'),
  },
  families: [],
};
