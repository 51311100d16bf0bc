/** What a figure has to reach, and what it is meant to. */
export interface Goal {
  readonly name: string;
  readonly what: string;
  readonly unit: string;
  /** Whether the measured value must be at least or at most these. */
  readonly bound: 'least' | 'most';
  readonly must: number;
  /** Null when there is no more to want than `must`. */
  readonly aim: number | null;
}

/** A provider may cost a fifth of what its vendor's own SDK or a plain client reaches. */
function beside<Vendor extends string>(vendor: Vendor, other: string) {
  return {
    name: `provider-${vendor}`,
    what: `sends through ${vendor} : ${other}`,
    unit: 'ratio',
    bound: 'least',
    must: 0.8,
    aim: 0.95,
  } as const;
}

/** Each is answered by the measurement that names it. */
export const goals = [
  {
    name: 'accept',
    what: 'durable POST /notify at 64 connections : bare echo',
    unit: 'ratio',
    bound: 'least',
    must: 0.38,
    aim: 0.7,
  },
  { name: 'accept-p99', what: 'its p99 at half of that load', unit: 'ms', bound: 'most', must: 20, aim: 5 },
  {
    name: 'batch',
    what: 'notifications accepted in batches of 1,000',
    unit: '1/s',
    bound: 'least',
    must: 30_000,
    aim: 60_000,
  },
  {
    name: 'drain',
    what: 'claim, send (nothing) and settle in one process',
    unit: '1/s',
    bound: 'least',
    must: 25_000,
    aim: 50_000,
  },
  { name: 'peers', what: 'the same : the best of the other queues', unit: 'ratio', bound: 'least', must: 1.5, aim: 3 },
  {
    name: 'depth',
    what: 'claim from a deep store : from an empty one',
    unit: 'ratio',
    bound: 'most',
    must: 1.2,
    aim: 1.05,
  },
  {
    name: 'goodput',
    what: 'vendor of 20 ms, 200 in flight : ideal',
    unit: 'ratio',
    bound: 'least',
    must: 0.8,
    aim: 0.95,
  },
  {
    name: 'first-dispatch',
    what: 'start to the first dispatch behind a queue',
    unit: 's',
    bound: 'most',
    must: 3,
    aim: 1,
  },
  { name: 'queued-memory', what: 'resident memory with a deep queue', unit: 'MiB', bound: 'most', must: 250, aim: 150 },
  { name: 'idle-memory', what: 'idle resident memory', unit: 'MiB', bound: 'most', must: 120, aim: 90 },
  { name: 'idle-processor', what: 'processor while idle', unit: '%', bound: 'most', must: 1, aim: 0.2 },
  { name: 'size', what: 'on disk for a finished notification', unit: 'B', bound: 'most', must: 1_024, aim: 500 },
  {
    name: 'encryption',
    what: 'sealing at rest adds to the processor time of a POST /notify',
    unit: '%',
    bound: 'most',
    must: 15,
    aim: 5,
  },
  {
    name: 'isolation',
    what: 'a dead vendor changes the p99 of a healthy one by',
    unit: '%',
    bound: 'most',
    must: 20,
    aim: null,
  },
  {
    name: 'urgent',
    what: 'a critical one leaves a crowd of bulk within',
    unit: 's',
    bound: 'most',
    must: 2,
    aim: null,
  },
  { name: 'fair', what: 'ten of another project leave it within', unit: 's', bound: 'most', must: 5, aim: null },
  {
    name: 'key-check',
    what: 'whose key it is, of ten thousand',
    unit: 'µs',
    bound: 'most',
    must: 20,
    aim: 5,
  },
  {
    name: 'key-timing',
    what: 'the time of refusing a wrong key tells how right it is by',
    unit: '%',
    bound: 'most',
    must: 5,
    aim: null,
  },
  {
    name: 'code-timing',
    what: 'the time until a wrong code is answered tells that there is a code by',
    unit: '%',
    bound: 'most',
    must: 5,
    aim: null,
  },
  {
    name: 'otp-send',
    what: 'durable POST /otp/send : POST /notify in the same run',
    unit: 'ratio',
    bound: 'least',
    must: 0.8,
    aim: null,
  },
  {
    name: 'otp-verify',
    what: 'durable POST /otp/verify at 64 connections',
    unit: '1/s',
    bound: 'least',
    must: 5_000,
    aim: 8_000,
  },
  beside('aliyun', 'its SDK'),
  beside('tencent', 'signed fetch'),
  beside('huawei', 'signed fetch'),
  beside('twilio', 'fetch'),
  beside('smtp', 'nodemailer'),
  beside('fcm', 'firebase-admin'),
  beside('apns', 'node:http2'),
  beside('webpush', 'http_ece'),
  beside('dingtalk', 'signed fetch'),
  beside('wecom', 'fetch'),
  beside('feishu', 'fetch'),
  beside('slack', 'fetch'),
  beside('webhook', 'node:http'),
] as const satisfies readonly Goal[];

export type GoalName = (typeof goals)[number]['name'];

export type Verdict = 'aim reached' | 'reached' | 'NOT reached' | 'not measured';

/** How far a value has come; null when there is none. */
export function verdictOn({ bound, must, aim }: Goal, value: number | null): Verdict {
  if (value === null || Number.isNaN(value)) return 'not measured';
  const meets = (limit: number) => (bound === 'least' ? value >= limit : value <= limit);
  if (!meets(must)) return 'NOT reached';
  return aim === null || meets(aim) ? 'aim reached' : 'reached';
}
