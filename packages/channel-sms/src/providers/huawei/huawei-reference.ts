import type { ProviderReference } from '@posthorn/core';
import { receiptTables } from '../../callback/receipt-tables.ts';
import { codeTables } from '../../exchange/code-tables.ts';
import { huaweiCodes, huaweiNumberCodes } from './huawei-codes.ts';
import { huaweiReceipts } from './huawei-receipts.ts';

/** What a code means of a number alone. */
const ofNumber = Object.fromEntries(
  Object.entries(huaweiNumberCodes.verdicts).filter(([code, verdict]) => huaweiCodes.verdicts[code] !== verdict),
);

export const reference: ProviderReference = {
  title: 'Huawei Cloud Message&SMS',
  about:
    'batchSendSms v1, signed with SDK-HMAC-SHA256, for customers that have it. Its templates number their variables: a ' +
    'message names them `1`, `2`, …, or the account lists their names under `templates`. The call has a code and so has the ' +
    'number within it; both must be a success.',
  answers: [
    ...codeTables({ ...huaweiCodes, verdicts: ofNumber, families: [] }, 'Codes of a number').slice(0, 1),
    ...codeTables(huaweiCodes),
  ],
  receipts: receiptTables(huaweiReceipts),
};
