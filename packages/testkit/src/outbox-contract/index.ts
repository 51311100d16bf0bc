import type { Case } from '../contract.ts';
import { acceptCases } from './accept.ts';
import { cancelCases } from './cancel.ts';
import { claimCases } from './claim.ts';
import { doubtCases } from './doubt.ts';
import { erasingCases } from './erasing.ts';
import { guardCases } from './guard.ts';
import { hearingCases } from './hearing.ts';
import { inboxCases } from './inbox.ts';
import { limitCases } from './limits.ts';
import { orderCases } from './order.ts';
import { planCases } from './plan.ts';
import { quotaCases } from './quota.ts';
import { readingCases } from './reading.ts';
import { receiptCases } from './receipt.ts';
import { requeueCases } from './requeue.ts';
import type { OutboxFixture } from './scene.ts';
import { settleCases } from './settle.ts';
import { suppressionCases } from './suppression.ts';
import { timeCases } from './time.ts';
import { withinCases } from './within.ts';

/** What every store has to keep, whatever it is built on: the rules of the ports `Outbox` and `Reader`. */
export function outboxContract(): readonly Case<OutboxFixture>[] {
  return [
    ...acceptCases,
    ...claimCases,
    ...quotaCases,
    ...limitCases,
    ...guardCases,
    ...doubtCases,
    ...settleCases,
    ...planCases,
    ...withinCases,
    ...orderCases,
    ...timeCases,
    ...receiptCases,
    ...hearingCases,
    ...suppressionCases,
    ...cancelCases,
    ...requeueCases,
    ...erasingCases,
    ...readingCases,
    ...inboxCases,
  ];
}
