import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { expect, it } from 'vitest';
import { secretKey, signedHeaders } from './signature.ts';

/** Standard Webhooks' own vector (its reference libraries' tests), and one that its npm and Python libraries agree on. */
it.each([
  [
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    1_614_265_330,
    '{"test": 2432232314}',
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  ],
  [
    'whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH',
    'msg_1',
    1_700_000_000,
    '{"a":"é"}',
    'v1,vIPP1scnJVQV3rQoaOHjFkSsx/iq2NrHW7ha0Kep5N4=',
  ],
])('signs as the standard does: %s', (secret, id, seconds, body, signature) => {
  expect(signedHeaders(id, seconds * 1_000 + 999, body, secretKey(secret))).toEqual({
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signature,
  });
});

it('names the message without a secret as well', () => {
  expect(signedHeaders('dlv_1', 5_000, '{}', null)).toEqual({ 'webhook-id': 'dlv_1', 'webhook-timestamp': '5' });
});

const bytes = (count: number) => `whsec_${Buffer.alloc(count, 7).toString('base64')}`;

it.each([
  '',
  'whsec_',
  'whsec_!!!!',
  'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  `${bytes(24)} `,
  bytes(23),
  bytes(65),
  `${bytes(25)}=`,
])('%j is no secret', (secret) => {
  expect(secretKey(secret)).toBeNull();
});

it('takes 24 to 64 bytes', () => {
  for (const count of [24, 32, 64]) expect(secretKey(bytes(count))).toHaveLength(count);
});

it("the standard's own library believes what is signed, and nothing that differs in one bit", () => {
  const sample = fc.tuple(fc.uint8Array({ minLength: 24, maxLength: 64 }), fc.json(), fc.nat());
  fc.assert(
    fc.property(sample, ([key, body, place]) => {
      const receiver = new Webhook(Buffer.from(key).toString('base64'));
      const headers = { ...signedHeaders('dlv_1', Date.now(), body, Buffer.from(key)) };
      expect(receiver.verify(body, headers)).toEqual(JSON.parse(body));
      const bytes = Buffer.from(body);
      const bit = place % (bytes.length * 8);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => receiver.verify(bytes, headers)).toThrow();
    }),
    { numRuns: 1_000 },
  );
});

/** The standard in ten lines of another language's own library. */
const receiver = `
import base64, hashlib, hmac, json, sys
for line in sys.stdin:
    secret, name, time, body, signature = json.loads(line)
    text = f"{name}.{time}.".encode() + base64.b64decode(body)
    mac = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), text, hashlib.sha256).digest()
    given = [one[3:] for one in signature.split(" ") if one.startswith("v1,")]
    print("yes" if any(hmac.compare_digest(base64.b64encode(mac).decode(), one) for one in given) else "no")
`;
const isThere = spawnSync('python3', ['--version']).status === 0;
if (!isThere) process.stderr.write('\n*** SKIPPED signatures in Python: there is no python3 ***\n');

it.skipIf(!isThere)('nor does Python', () => {
  const key = fc.uint8Array({ minLength: 24, maxLength: 64 });
  const bodies = fc.sample(fc.tuple(key, fc.string({ unit: 'binary' }), fc.nat()), { numRuns: 1_000 });
  const lines = bodies.flatMap(([bytes, text, place]) => {
    const body = text.toWellFormed();
    const secret = `whsec_${Buffer.from(bytes).toString('base64')}`;
    const headers = signedHeaders('dlv_1', 1_700_000_000_000 + place, body, secretKey(secret));
    const signature = headers['webhook-signature'] ?? '';
    const mac = Buffer.from(signature.slice(3), 'base64');
    const bit = place % (mac.length * 8);
    mac[bit >> 3] = (mac[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const told = [secret, 'dlv_1', headers['webhook-timestamp'], Buffer.from(body).toString('base64')];
    return [JSON.stringify([...told, signature]), JSON.stringify([...told, `v1,${mac.toString('base64')}`])];
  });
  const { stdout, stderr } = spawnSync('python3', ['-c', receiver], { input: lines.join('\n'), encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout.trim().split('\n')).toEqual(bodies.flatMap(() => ['yes', 'no']));
});
