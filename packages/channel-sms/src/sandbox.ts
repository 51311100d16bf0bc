import type { SandboxFault } from '@posthorn/core';

/**
 * Numbers on which a sandbox account plays a fault. +1 500 555 xxxx is a valid spelling that nobody owns, and known for
 * this use: Twilio's magic numbers are in the same range ("Test Credentials"), where 0001 is not valid and 0006 gets its message, as here.
 *
 * | number        | the sandbox                                          | outcome              |
 * |---------------|------------------------------------------------------|----------------------|
 * | +1500555 0001 | says that the number is not valid                    | refused              |
 * | +1500555 0002 | asks to wait                                         | deferred             |
 * | +1500555 0003 | rejects the account's credentials                    | misconfigured        |
 * | +1500555 0004 | never answers                                        | uncertain (timeout)  |
 * | +1500555 0005 | takes the message, then the connection breaks        | uncertain            |
 * | +1500555 0006 | takes the message, and reports it delivered          | accepted, delivered  |
 * | +1500555 0007 | takes the message, and reports it undelivered        | accepted, undelivered|
 * | +1500555 0008 | takes the message, breaks the connection, knows it   | uncertain            |
 * | +1500555 0009 | breaks the connection before, and knows that         | uncertain, accepted  |
 */
export const sandboxNumbers: Readonly<Record<string, SandboxFault>> = {
  '+15005550001': 'refused',
  '+15005550002': 'deferred',
  '+15005550003': 'misconfigured',
  '+15005550004': 'hang',
  '+15005550005': 'uncertain',
  '+15005550006': 'delivered',
  '+15005550007': 'undelivered',
  '+15005550008': 'found',
  '+15005550009': 'lost',
};
