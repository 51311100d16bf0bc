import { account, type CodeBook, content, later, type Verdict } from '../../exchange/verdict.ts';

function address(detail: string, suppress?: 'hard' | 'soft'): Verdict {
  return { kind: 'refused', because: 'address', detail, ...(suppress === undefined ? {} : { suppress }) };
}

function blocked(detail: string, suppress?: 'hard'): Verdict {
  return { kind: 'refused', because: 'blocked', detail, ...(suppress === undefined ? {} : { suppress }) };
}

/**
 * Codes of the Messages resource, from "Error and Warning Dictionary" (twilio.com/docs/api/errors). Those from 30000 on are
 * as a rule the later word about a message, and may stand in its `error_code` at once.
 */
const verdicts: Readonly<Record<string, Verdict>> = {
  // About the number, for good.
  21211: address('it is not a valid phone number', 'hard'),
  21214: address('the number cannot be reached', 'hard'),
  21217: address('it does not look like a valid phone number', 'hard'),
  21401: address('it is not a valid phone number', 'hard'),
  21614: address('the number is not of a mobile phone', 'hard'),
  30006: address('the number is of a landline, or of a carrier that cannot be reached', 'hard'),
  21610: blocked('the recipient answered STOP', 'hard'),
  30004: blocked('the recipient, or their carrier, blocks the message', 'hard'),
  // For now, as far as anybody knows.
  30003: address('the phone cannot be reached', 'soft'),
  30005: address('the phone is not known, or switched off', 'soft'),
  30008: address('the carrier did not take the message and does not say why', 'soft'),
  // About its country, or this account's standing there: other numbers go on, so the account need not be mended first.
  21408: address('the account may not send to that country: allow it under Geo Permissions in the Twilio console'),
  21608: address('a trial account sends to verified numbers only: verify it, or upgrade the Twilio account'),
  30450: blocked("Twilio's fraud guard stopped the message: look at SMS Pumping Protection in its console"),
  30453: blocked("Twilio's fraud guard stopped the message: look at SMS Pumping Protection in its console"),

  // About the message.
  21602: content('the message has no text'),
  21609: content('the address for status reports is not valid'),
  21612: content('the sender cannot reach that number: it is not for that country or carrier'),
  21617: content('the text is longer than 1,600 characters'),
  21619: content('the message has neither text nor media'),
  30007: content('the carrier took the text for spam'),
  30036: content('the message was no longer valid when its turn came'),

  // About the account: everything waits until it is mended.
  20003: account('Twilio rejected the credentials: check accountSid and authToken'),
  20005: account('the account is not active: look at it in the Twilio console'),
  20404: account('the account does not exist: check accountSid'),
  30002: account('the account is suspended: look at it in the Twilio console'),
  21701: account('the messaging service does not exist: check messagingServiceSid'),
  21703: account('the messaging service has no sender: add one in the Twilio console'),
  21704: account('the messaging service has no sender that can send: look at it in the Twilio console'),
  63038: account('the daily cap of the account is reached'),
  // Only a wrong setting brings these: no message is to blame.
  21603: account('the request had no sender: check from'),
  21606: account('the sender is not a number of this account that can send messages: check from'),

  // Later it may work.
  20429: later('too many requests for now'),
  20503: later('the service is not available for now'),
  21611: later("the sender's queue is full"),
  30001: later('the queue of the account is full'),
  30017: { kind: 'deferred', scope: 'delivery', detail: 'the carrier has too many messages for now' },
  30410: { kind: 'deferred', scope: 'delivery', detail: 'the carrier did not answer in time' },
  // Its page says itself that a message may have been made before the fault.
  20500: { kind: 'uncertain', detail: 'a fault inside Twilio, at an unknown moment' },
};

export const twilioCodes: CodeBook = {
  vendor: 'Twilio',
  shape: /^[1-9]\d{4}$/,
  verdicts,
  // Its numbers are no families: what is not listed is told by its HTTP status.
  families: [],
};
