import type { ProviderReference } from '@posthorn/core';
import { receiptTables } from '../../callback/receipt-tables.ts';
import { codeTables } from '../../exchange/code-tables.ts';
import { tencentCodes } from './tencent-codes.ts';
import { tencentReceipts } from './tencent-receipts.ts';

export const reference: ProviderReference = {
  title: 'Tencent Cloud SMS',
  about:
    'SendSms 2021-01-11, by signed requests of our own. Its templates number their variables: a message names them `1`, ' +
    '`2`, …, or the account lists their names under `templates`.',
  answers: codeTables(tencentCodes),
  receipts: receiptTables(tencentReceipts),
};
