import type { ProviderReference } from '@posthorn/core';
import { receiptTables } from '../../callback/receipt-tables.ts';
import { codeTables } from '../../exchange/code-tables.ts';
import { twilioCodes } from './twilio-codes.ts';
import { twilioReceipts } from './twilio-receipts.ts';

export const reference: ProviderReference = {
  title: 'Twilio Programmable Messaging',
  about:
    'The Messages resource of API version 2010-04-01. An account has a sender (`from`) or a messaging service that chooses ' +
    'one, and its own token or an API key. Texts go as they are; a message with a `templateCode` goes as the content that ' +
    'the account binds it to under `templates`.',
  answers: codeTables(twilioCodes),
  receipts: receiptTables(twilioReceipts),
};
