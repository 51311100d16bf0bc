import { createPublicKey } from 'node:crypto';
import { z } from 'zod';

/** Who tells what became of an account's mail, and by what we know that it is really them. */
export type EventSettings = SesSettings | SendGridSettings | DsnSettings;

export interface SesSettings {
  readonly use: 'ses';
  /** Anybody with an AWS account can have any topic deliver to any address: only this one is believed. */
  readonly topicArn: string;
  readonly configurationSet?: string;
}

export interface SendGridSettings {
  readonly use: 'sendgrid';
  /** Of the signed event webhook, as SendGrid shows it: base64 of a DER structure. */
  readonly publicKey: string;
}

export interface DsnSettings {
  readonly use: 'dsn';
}

const uses = 'Amazon SES, SendGrid, or a mailbox for bounces; each takes its own settings of those below';

const ses = z.strictObject({
  use: z.literal('ses').describe(uses),
  topicArn: z
    .string()
    .regex(
      /^arn:aws(?:-cn|-us-gov)?:sns:[a-z0-9-]{3,40}:\d{12}:[A-Za-z0-9_-]{1,256}$/,
      'must be the ARN of an SNS topic',
    )
    .describe('ses: the SNS topic that SES reports to; no other one is believed'),
  configurationSet: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be the name of a configuration set')
    .exactOptional()
    .describe('ses: named in every message, so that its events are published'),
});

const sendgrid = z.strictObject({
  use: z.literal('sendgrid').describe(uses),
  publicKey: z
    .string()
    .max(1_000)
    .refine(isPublicKey, 'must be the verification key of the signed event webhook, as SendGrid shows it')
    .describe('sendgrid: verification key of the signed event webhook'),
});

const dsn = z.strictObject({ use: z.literal('dsn').describe(uses) });

export const eventSettings: z.ZodType<EventSettings> = z.discriminatedUnion('use', [ses, sendgrid, dsn], {
  error: 'must say use: ses, sendgrid or dsn',
});

function isPublicKey(text: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ec';
  } catch {
    return false;
  }
}
