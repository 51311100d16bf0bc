import { client, eventually, type Notification } from '../api.ts';
import type { GatewayProcess } from '../gateway-process.ts';
import { keyholders, withKey } from './keyholders.ts';

/** A project with everything that another one must not see or touch. */
export interface Tenant {
  readonly gateway: GatewayProcess;
  readonly project: string;
  /** The id of a key that nobody uses. */
  readonly spareKey: string;
  readonly sent: Notification;
  readonly scheduled: Notification;
  /** Deliveries that were refused, by SMS and by push. */
  readonly failed: { readonly sms: string; readonly push: string };
  /** The id of a one-time code that was just sent. */
  readonly code: string;
  /** Whatever of its own would tell another project that it is there. */
  readonly marks: readonly string[];
  /** All that an admin of it sees; the same before and after what changed nothing. */
  seen(): Promise<string>;
}

const email = 'tenant.canary@example.com';
const phone = '+15005550001';
const token = 'posthorn-sandbox-refused-0000000000000000';

/** Fills a new project. */
export async function openTenant(gateway: GatewayProcess, name: string): Promise<Tenant> {
  const { make, makeProject } = keyholders(gateway);
  const project = await makeProject(name);
  const { key } = await make({ name: `${name}-owner`, scopes: ['admin'], project });
  const own = withKey(gateway, key);
  const spare = await make({ name: `${name}-spare`, scopes: ['read'] }, key);
  const { accepted, notification, settled } = client(own);
  const content = { title: `${name}-title`, body: `${name}-body` };
  const labels = { metadata: { canary: `${name}-metadata` }, tags: [`${name}-tag`] };
  const sent = await settled((await accepted({ to: { email }, content, ...labels })).id);
  const later = new Date(Date.now() + 86_400_000).toISOString();
  const { id: scheduledId } = await accepted({ to: { email }, content, sendAt: later });
  const refusedSms = await settled((await accepted({ to: { phone }, content })).id);
  const refusedPush = await settled((await accepted({ to: { push: [token] }, content })).id);
  await own.request('PUT', '/suppressions', { channel: 'email', address: `blocked.${email}` });
  const { body: code } = await own.request<{ id: string }>('POST', '/otp/send', { to: { email }, purpose: 'login' });
  await settled(code.id.replace('otp_', 'ntf_'));
  const scheduled = await notification(scheduledId);
  const deliveryOf = ({ deliveries }: Notification) => deliveries[0]?.id ?? '';
  const families = [sent, scheduled, refusedSms, refusedPush, code].map(({ id }) => id.slice(4, -6));
  return {
    gateway: own,
    project,
    spareKey: spare.id,
    sent,
    scheduled,
    failed: { sms: deliveryOf(refusedSms), push: deliveryOf(refusedPush) },
    code: code.id,
    marks: [project, spare.id, name, 'te***@example.com', 'bl***@example.com', email, ...families],
    async seen() {
      const paths = [
        '/notifications?limit=100',
        ...[sent, scheduled, refusedSms, refusedPush].map(({ id }) => `/notifications/${id}`),
        '/sandbox/messages?limit=100',
        '/suppressions',
        '/keys?limit=100',
        '/audit?limit=100',
        '/projects',
      ];
      const answers = await Promise.all(paths.map((path) => own.request('GET', path)));
      return JSON.stringify(answers.map(({ status, body }) => [status, body])).replaceAll(/"lastUsedAt":[^,]*/g, '');
    },
  };
}

/** Waits until nothing of what was begun is under way. */
export async function quiet({ gateway }: Tenant): Promise<void> {
  const { list } = client(gateway);
  await eventually(async () => {
    const statuses = (await list<Notification>('/notifications?limit=100')).map(({ status }) => status);
    return statuses.some((status) => status === 'accepted' || status === 'sending') ? undefined : true;
  });
}
