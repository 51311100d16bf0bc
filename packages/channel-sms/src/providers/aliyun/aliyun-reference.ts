import type { CodeRow, ProviderReference } from '@posthorn/core';
import { receiptTables } from '../../callback/receipt-tables.ts';
import { families, type Verdict, verdictByStatus, verdicts } from './aliyun-codes.ts';
import { aliyunReceipts } from './receipts/aliyun-receipts.ts';

function row(code: string, verdict: Verdict): CodeRow {
  const outcome = verdict.kind === 'deferred' ? { ...verdict, elsewhere: true as const } : verdict;
  const plain = { code, means: verdict.detail, outcome };
  return 'window' in verdict
    ? { ...plain, note: "It waits until the minute, hour or day that Aliyun's message names is over." }
    : plain;
}

const statuses = [
  ['with HTTP 401 or 403', 401],
  ['with HTTP 429', 429],
  ['with HTTP 500 or more', 500],
  ['any other', 400],
] as const;

export const reference: ProviderReference = {
  title: 'Alibaba Cloud SMS',
  about:
    'Short Message Service (Dysmsapi 2017-05-25) through the SDK of the vendor. Mainland China needs an approved signature ' +
    'and an approved template; a message names them as `sms.signName` and `sms.templateCode`, with its variables in ' +
    '`sms.params`, or leaves them to the account.',
  answers: [
    {
      title: 'Codes, without their prefix `isv.` or `isp.`',
      rows: Object.entries(verdicts).map(([code, verdict]) => row(code, verdict)),
    },
    {
      title: 'Codes that no row above names',
      rows: [
        ...families.map(({ prefix, verdict }) => row(`${prefix}…`, verdict)),
        ...statuses.map(([code, status]) => row(code, verdictByStatus(status))),
      ],
    },
  ],
  receipts: receiptTables(aliyunReceipts),
};
