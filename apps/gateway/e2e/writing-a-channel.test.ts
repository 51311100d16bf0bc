import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type SeenRequest, type VendorDouble, vendorDouble } from '@posthorn/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { client } from './api.ts';
import { endGateways, type GatewayProcess, startGateway, startProgram, temporaryFolder } from './gateway-process.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(join(root, 'docs/writing-a-channel.md'), 'utf8');

/** The code of the page: what belongs to one file in one piece, in the order of the page. */
const blocks = [...page.matchAll(/^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$/gms)].map(
  ([, language, title, text = '']) => ({
    language,
    title,
    text,
  }),
);
const fileOf = (title: string) =>
  blocks
    .filter((block) => block.title === title)
    .map(({ text }) => text)
    .join('\n');
const oneOf = (language: string) => blocks.find((block) => block.language === language)?.text ?? '';

const token = '110201543:c4n4ry-token';
const home = temporaryFolder();
const folder = join(home, 'plugins/telegram');
let telegram: VendorDouble;
let gateway: GatewayProcess;

/** Telegram, as far as the page uses it. */
function answer({ method, url, body }: SeenRequest) {
  const says = (status: number, said: object) => ({ status, body: JSON.stringify(said) });
  if (method !== 'POST' || url !== `/bot${token}/sendMessage`)
    return says(401, { ok: false, error_code: 401, description: 'Unauthorized' });
  const { chat_id } = JSON.parse(body.toString());
  return chat_id === '4711471147'
    ? says(200, { ok: true, result: { message_id: 17 } })
    : says(400, { ok: false, error_code: 400, description: 'Bad Request: chat not found' });
}

beforeAll(async () => {
  telegram = await vendorDouble({ reply: answer });
  const [command = '', ...words] = (oneOf('sh').trim().split('\n')[0] ?? '').split(' ');
  expect(command).toBe('posthorn');
  expect(await startProgram(words, {}, home).exited).toMatchObject({ code: 0 });
  for (const name of ['telegram.ts', 'telegram.test.ts']) writeFileSync(join(folder, name), fileOf(name));
  // The only change: the account asks the double.
  const config = fileOf('posthorn.yaml').replace('{ token:', `{ endpoint: "${telegram.origin}", token:`);
  writeFileSync(join(home, 'posthorn.yaml'), config);
});
afterAll(async () => {
  await endGateways();
  await telegram.close();
});

it('its files compile and keep the contracts', async () => {
  const env = { PATH: process.env['PATH'], NO_COLOR: '1' };
  await run(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { env });
  const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap'], { cwd: folder, env });
  expect(stdout).toMatch(/^# pass 3\d$/m);
  expect(stdout).toMatch(/^# fail 0$/m);
});

it('its schemas are in the schema of the configuration', async () => {
  const { exited, stdout } = startProgram(['config', 'schema'], { TELEGRAM_TOKEN: token }, home);
  expect(await exited).toMatchObject({ code: 0 });
  const schema = JSON.parse(stdout());
  const kinds = schema.properties.channels.properties.telegram.properties.accounts.additionalProperties.anyOf;
  expect(kinds).toContainEqual(expect.objectContaining({ required: ['token'] }));
});

it('the program loads it, and what is posted reaches Telegram', async () => {
  gateway = await startGateway({ env: { POSTHORN_CONFIG: join(home, 'posthorn.yaml'), TELEGRAM_TOKEN: token } });
  const calls = client(gateway);
  const { id } = await calls.accepted(JSON.parse(oneOf('json')));
  const { status, deliveries } = await calls.settled(id);
  expect(status).toBe('sent');
  expect(deliveries).toMatchObject([{ channel: 'telegram', account: 'bot', address: '47***', vendorId: '17' }]);
  expect(telegram.requests.map(({ body }) => JSON.parse(body.toString()))).toEqual([
    { chat_id: '4711471147', text: 'Disk\nIt is full', disable_notification: true },
  ]);

  const stranger = await calls.accepted({ to: { telegram: '@Nobody_There' }, content: { body: 'x' } });
  expect((await calls.settled(stranger.id)).deliveries).toMatchObject([{ status: 'failed', code: '400' }]);
  const refused = await calls.notify({ to: { telegram: '007' }, telegram: { sound: 1 }, content: { body: 'x' } });
  expect(refused).toMatchObject({
    status: 400,
    body: { errors: [{ pointer: '/telegram/sound', code: 'unknown_field' }] },
  });
  const channels = await calls.list<{ name: string; content: { properties: object } }>('/channels');
  expect(channels).toMatchObject([{ name: 'telegram', addressKey: 'telegram' }]);
  expect(Object.keys(channels[0]?.content.properties ?? {})).toEqual(['text', 'silent']);

  gateway.kill('SIGTERM');
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
  expect(gateway.stdout() + gateway.stderr()).not.toMatch(/c4n4ry|4711471147/);
});
