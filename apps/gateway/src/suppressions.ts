import {
  type Claimed,
  type Clock,
  type Outbox,
  type Reader,
  StoreUnavailable,
  type SuppressionReason,
  type Suppressions,
} from '@posthorn/core';

/** Who gets nothing, as the way in and the way out ask it. */
export interface SuppressionWatch {
  /** For the notifications of a project; null while no address is suppressed. */
  ofProject(project: number): Suppressions | null;
  /** Why a delivery that was accepted must not be sent any more. */
  ofClaimed(delivery: Claimed): SuppressionReason | null;
}

type Asked = Pick<Reader, 'hasSuppressions' | 'suppression' | 'ownerOf'>;

/** Commits tell of the first suppression: before it nobody looks for one, and afterwards it is one row by its key. */
export function watchSuppressions(outbox: Pick<Outbox, 'onCommit'>, reader: Asked, clock: Clock): SuppressionWatch {
  let some = reader.hasSuppressions();
  outbox.onCommit(({ suppressed }) => {
    if (suppressed) some = true;
  });

  return {
    ofProject(project) {
      if (!some) return null;
      const now = clock.now();
      return (channel, address, kind) => reader.suppression({ project, channel, address, kind, now });
    },
    ofClaimed({ notification, channel, address, kind }) {
      if (!some) return null;
      try {
        const project = reader.ownerOf(notification);
        return project === null ? null : reader.suppression({ project, channel, address, kind, now: clock.now() });
      } catch (error) {
        // It was looked at when it was accepted; what cannot be read now must not hold up what is urgent.
        if (error instanceof StoreUnavailable) return null;
        throw error;
      }
    },
  };
}
