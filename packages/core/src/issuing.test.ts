import { describe, expect, it } from 'vitest';
import type { CodeStore } from './codes.ts';
import type { NotificationId } from './ids.ts';
import { codesApart, type Issue } from './issuing.ts';
import type { Outbox } from './outbox.ts';
import { StoreUnavailable } from './store-fault.ts';

const id = 'ntf_new' as NotificationId;
const former = 'ntf_former' as NotificationId;
const away = () => Promise.reject(new StoreUnavailable('storage_unavailable'));
const issue = {
  code: { notification: id, handles: [], addresses: [], expiresAt: 2, memo: '' },
  resendMs: 1,
  notification: { id, project: 1 } as Issue['notification'],
  now: 1,
} satisfies Issue;
const tried = { project: 1, handle: 'a', digest: 'b', hidden: false, now: 1 };

/** Two stores that do as they are told, and a record of what they were asked. */
function stage(codes: Partial<CodeStore> = {}, outbox: Partial<Outbox> = {}) {
  const asked: string[] = [];
  const told = <Answer>(name: string, otherwise: Answer, given?: (input: never) => Promise<unknown>) => {
    return async (input: never) => {
      asked.push(name);
      return (given === undefined ? otherwise : await given(input)) as Answer;
    };
  };
  const store = {
    open: told('open', { kind: 'opened', voided: [former] } as const, codes.open),
    withdraw: told('withdraw', undefined, codes.withdraw),
    check: told('check', { status: 'approved', attemptsLeft: 5, notification: id } as const, codes.check),
    find: told('find', null, codes.find),
  };
  const box = {
    accept: told('accept', [{ kind: 'accepted' }] as const, outbox.accept),
    cancel: told('cancel', 'canceled' as const, outbox.cancel),
    conclude: told('conclude', undefined, outbox.conclude),
  };
  return { asked, codes: codesApart(store as never, box as never) };
}

describe('codes apart from the outbox', () => {
  it('are opened before their message is accepted, and cancel what they void after it', async () => {
    const { asked, codes } = stage();
    expect(await codes.issue(issue)).toEqual({ kind: 'issued' });
    expect(asked).toEqual(['open', 'accept', 'cancel']);
  });

  it('are withdrawn when the outbox is away, or forbids the message', async () => {
    const limited = { kind: 'limited', code: 'rate_limited', channel: 'sms', per: 'address', until: 2 } as const;
    const forbidden = stage({}, { accept: async () => [limited] });
    expect(await forbidden.codes.issue(issue)).toEqual(limited);
    const absent = stage({}, { accept: away });
    await expect(absent.codes.issue(issue)).rejects.toThrow(StoreUnavailable);
    for (const { asked } of [forbidden, absent]) expect(asked).toEqual(['open', 'accept', 'withdraw']);
  });

  it('say why a message was not accepted, also when they cannot be withdrawn', async () => {
    const full = () => Promise.reject(new StoreUnavailable('storage_full'));
    const { codes } = stage({ withdraw: away }, { accept: full });
    await expect(codes.issue(issue)).rejects.toMatchObject({ code: 'storage_full' });
  });

  it('send nothing that could not be opened', async () => {
    for (const open of [async () => ({ kind: 'too_soon', until: 2 }) as const, away]) {
      const { asked, codes } = stage({ open });
      await codes.issue(issue).catch(() => undefined);
      expect(asked).toEqual(['open']);
    }
  });

  it('stay issued and approved when what follows from it cannot be done', async () => {
    const { codes } = stage({}, { cancel: away, conclude: away });
    expect(await codes.issue(issue)).toEqual({ kind: 'issued' });
    expect(await codes.verify(tried)).toMatchObject({ status: 'approved' });
  });

  it('do not hide a fault of their own', async () => {
    const { codes } = stage({}, { conclude: () => Promise.reject(new TypeError('a bug')) });
    await expect(codes.verify(tried)).rejects.toThrow(TypeError);
  });

  it('conclude a message by an approval alone', async () => {
    const { asked, codes } = stage({ check: async () => ({ status: 'rejected', attemptsLeft: 4 }) });
    expect(await codes.verify(tried)).toEqual({ status: 'rejected', attemptsLeft: 4 });
    expect(asked).toEqual(['check']);
  });
});
