/** The one file of a new channel: complete, and of a vendor that does not exist. What it says is what its author replaces. */
export function channelText(name: string, addressKey: string): string {
  return `import type { Channel, Outcome, Provider, ProviderTools } from '@posthorn/core';
import type { PluginHost } from '@posthorn/testkit';

/** What the provider gets to send. */
export interface Content {
  readonly text: string;
}

interface Settings {
  readonly token: string;
}

export default ({ askVendor, defineChannel, ok, fail, z }: PluginHost): Channel<Content> =>
  defineChannel<Content>({
    api: 1,
    name: '${name}',
    addressKey: '${addressKey}',
    maxAddresses: 1,
    content: z.strictObject({ text: z.string().min(1).max(4_000).exactOptional() }),
    retry: { maxAttempts: 8, baseMs: 10_000, capMs: 600_000 },
    sandbox: { 'sandbox-refused': 'refused', 'sandbox-uncertain': 'uncertain' },
    providers: [
      {
        name: 'http',
        settings: z.strictObject({ token: z.string().min(1) }),
        secrets: ['token'],
        endpoint: 'https://api.example.com',
        // Whether its account tries again what may have arrived: 'hold' where two copies are worse than none.
        onUncertain: 'retry',
        open: async (settings: Settings, tools) => connect(settings, tools, askVendor),
      },
    ],
    parseAddress(text) {
      const address = text.trim().toLowerCase();
      if (/^[a-z0-9][a-z0-9-]{3,63}$/.test(address)) return ok(address);
      return fail({ code: 'invalid_address', detail: 'an address has 4 to 64 letters, digits and dashes' });
    },
    maskAddress: (address) => \`\${address.slice(0, 2)}***\`,
    render({ title, body, url }, own) {
      const neutral = [title, body, url].filter((line) => line !== undefined && line.trim() !== '');
      const text = own.text ?? neutral.join('\\n');
      if (text !== '') return ok({ text });
      return fail([{ pointer: '/content', code: 'content_missing', detail: 'a message needs a title, a body or a link' }]);
    },
  });

/** One account of the vendor. Heavy libraries are imported here, so that a vendor nobody uses costs nothing. */
function connect(
  { token }: Settings,
  { endpoint, egress }: ProviderTools,
  ask: PluginHost['askVendor'],
): Provider<Content> {
  const url = new URL('/messages', endpoint ?? 'https://api.example.com');
  return {
    async send({ id, address, content }, signal) {
      // The same id for every attempt: where the vendor takes it as its key, it drops a second copy by itself.
      const headers = { authorization: \`Bearer \${token}\`, 'content-type': 'application/json', 'idempotency-key': id };
      const body = JSON.stringify({ to: address, text: content.text });
      // Once, within bounds: it gives the answer, or whether the message may have left.
      const answer = await ask(egress, { url, headers, body }, signal);
      return answer.ok ? outcomeOf(answer.value.text) : answer.failure;
    },
  };
}

/** What the vendor's codes mean. Its HTTP status alone says nothing: an error may come with 200. */
const outcomes: Readonly<Record<string, Outcome>> = {
  unknown_recipient: { kind: 'refused', because: 'address', code: 'unknown_recipient', detail: 'nobody has this address' },
  text_not_allowed: { kind: 'refused', because: 'content', code: 'text_not_allowed', detail: 'the vendor refuses the text' },
  bad_token: { kind: 'misconfigured', code: 'bad_token', detail: 'the vendor does not know the token' },
  too_many: { kind: 'deferred', scope: 'account', retryAfterMs: 30_000, code: 'too_many', detail: 'too many messages' },
  internal: { kind: 'deferred', scope: 'account', retryAfterMs: null, code: 'internal', detail: 'a fault of the vendor' },
};

const unclear: Outcome = { kind: 'uncertain', code: 'unclear', detail: 'there was no answer that can be read' };

function outcomeOf(text: string): Outcome {
  const { id, error } = fieldsIn(text);
  if (typeof error === 'string' && Object.hasOwn(outcomes, error)) return outcomes[error] ?? unclear;
  return typeof id === 'string' && error === undefined ? { kind: 'accepted', vendorId: id } : unclear;
}

function fieldsIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? { ...answer } : {};
  } catch {
    return {};
  }
}
`;
}
