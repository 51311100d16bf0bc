import type { ProviderTools } from '@posthorn/core';
import { isRecord, textIn } from '../../exchange/answer.ts';
import type { AliyunAnswer } from './aliyun-outcome.ts';
import type { AliyunRequest } from './aliyun-request.ts';

/** What a connection needs to know. */
export interface AliyunAccess {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly regionId: string;
}

/** What of the SDK is used. Each asks the vendor once: it resolves whatever HTTP 200 brought, and rejects with what the SDK throws. */
export interface AliyunClient {
  sendSms(request: AliyunRequest): Promise<AliyunAnswer & { readonly bizId: string | null }>;
  readonly querySendDetails: QuerySendDetails;
}

/** A page of the messages that went to a number on a day. */
interface DetailsQuery {
  readonly phoneNumber: string;
  /** `20260101`, as the days turn in Beijing. */
  readonly sendDate: string;
  readonly pageSize: number;
  /** From 1. */
  readonly currentPage: number;
}

interface DetailsPage {
  readonly code: string;
  readonly total: number;
  readonly rows: readonly SendDetail[];
}

export interface SendDetail {
  readonly outId: string;
  readonly sendStatus: unknown;
  readonly errCode: string;
  readonly receiveDate: string;
}

export type QuerySendDetails = (query: DetailsQuery) => Promise<DetailsPage>;

/**
 * The SDK is imported here, since it takes 400 modules and 40 MB. It is CommonJS: the class is the `default` of its exports,
 * and a bundle gives no names of them but as one whole.
 */
export async function aliyunClient(
  { accessKeyId, accessKeySecret, regionId }: AliyunAccess,
  { endpoint, timeoutMs }: ProviderTools,
): Promise<AliyunClient> {
  if (endpoint !== null && endpoint.pathname !== '/')
    throw new Error('the endpoint of an aliyun account must be a host without a path: the SDK signs the path "/"');
  const [{ default: sdk }, { default: openApi }] = await Promise.all([
    import('@alicloud/dysmsapi20170525'),
    import('@alicloud/openapi-core'),
  ]);
  const client = new sdk.default(
    new openApi.$OpenApiUtil.Config({
      accessKeyId,
      accessKeySecret,
      regionId,
      ...(endpoint === null ? {} : { endpoint: endpoint.host, protocol: endpoint.protocol.replace(':', '') }),
      // Equal, since the first is really an idle timer and cancels the second on a connection that was used before.
      connectTimeout: timeoutMs,
      readTimeout: timeoutMs,
      userAgent: 'Posthorn',
      // No retryOptions: without them the SDK asks once.
    }),
  );
  return {
    async sendSms(request) {
      const { statusCode = 200, body } = await client.sendSms(new sdk.SendSmsRequest(request));
      const { code = '', message = '', requestId = '', bizId = null } = body ?? {};
      return { status: statusCode, code, message, requestId, retryAfterMs: null, bizId };
    },
    async querySendDetails(query) {
      const { body } = await client.querySendDetails(new sdk.QuerySendDetailsRequest(query));
      const { code = '', totalCount = '', smsSendDetailDTOs } = body ?? {};
      const rows: unknown = smsSendDetailDTOs?.smsSendDetailDTO;
      return { code, total: Number(totalCount), rows: Array.isArray(rows) ? rows.filter(isRecord).map(detailIn) : [] };
    },
  };
}

/** The SDK passes on what it gets: its types are the vendor's promise. */
function detailIn(row: Readonly<Record<string, unknown>>): SendDetail {
  return {
    outId: textIn(row, 'outId'),
    sendStatus: row['sendStatus'],
    errCode: textIn(row, 'errCode'),
    receiveDate: textIn(row, 'receiveDate'),
  };
}
