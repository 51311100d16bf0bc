import type { JsonSchema } from './schema-values.ts';

const text = (maxLength: number): JsonSchema => ({ type: 'string', minLength: 1, maxLength });
const duration: JsonSchema = { examples: ['20s', '10m', '2h', 'PT20S', '1ms', '366d', 'P1D', '0s'] };
const instant: JsonSchema = {
  examples: ['2099-01-01T00:00:00Z', '2026-12-01T08:00:00.000+08:00', '1970-01-01T00:00:00Z', '9999-12-31T23:59:59Z'],
};
const channel: JsonSchema = { enum: ['sms', 'email', 'email', 'push', 'chat', 'webhook', 'fax'] };

const addresses: Readonly<Record<string, JsonSchema>> = {
  phone: {
    examples: [
      '+8613800138000',
      '13800138000',
      '+86 138-0013-8000',
      '+15005550001',
      '+1 900 555 1234',
      '12',
      '+8613800138000x5',
    ],
  },
  region: { enum: ['CN', 'US', 'XX'] },
  email: { examples: ['li@example.com', 'a@b.example, c@d.example', 'ä@example.com', 'x@localhost', 'a@[127.0.0.1]'] },
  push: {
    type: 'array',
    minItems: 1,
    maxItems: 3,
    items: { examples: ['t'.repeat(40), 'short', 'posthorn-sandbox-refused-0'] },
  },
  chat: { enum: ['sandbox', 'nobody'] },
  webhook: {
    examples: [
      'https://example.com/hook',
      'http://127.0.0.1:9/',
      'https://[::1]/',
      'ftp://x',
      'https://hook.example:25/',
    ],
  },
  recipient: text(200),
};

/** What `POST /notify` takes by the contract; the content of each channel is as `GET /channels` tells it. */
export function notifySchema(contents: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const step: JsonSchema = {
    type: 'object',
    properties: {
      channel,
      accounts: { type: 'array', minItems: 1, items: { enum: ['sandbox', 'vendor', 'nobody'] } },
      within: duration,
      until: { enum: ['sent', 'delivered', 'verified'] },
    },
    required: ['channel'],
  };
  return {
    type: 'object',
    required: ['to', 'content'],
    properties: {
      to: { type: 'object', properties: addresses, required: ['email'] },
      channels: { type: 'array', minItems: 1, maxItems: 2, items: { anyOf: [channel, step] } },
      strategy: { enum: ['fallback', 'broadcast'] },
      content: {
        type: 'object',
        properties: { title: text(1_000), body: text(100_000), url: { type: 'string', format: 'uri' } },
        required: ['body'],
      },
      template: text(200),
      data: { type: 'object', additionalProperties: {} },
      locale: text(35),
      priority: { enum: ['critical', 'high', 'normal', 'bulk'] },
      kind: { enum: ['otp', 'transactional', 'marketing'] },
      sendAt: instant,
      expiresAt: instant,
      ttl: duration,
      guarantee: { enum: ['at-least-once', 'at-most-once'] },
      orderingKey: text(200),
      metadata: { type: 'object', additionalProperties: { type: 'string', maxLength: 1_000 } },
      tags: { type: 'array', items: text(100) },
      ...contents,
    },
  };
}
