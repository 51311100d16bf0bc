import type { AmissFilter } from '@posthorn/core';
import { states } from './rows.ts';

/** The condition on `deliveries d` of a filter, in literals where the partial index needs them; a parameter that is null asks for nothing. */
export const amissConditions = `d.project = @project AND (d.state = 9 OR d.state = 10 OR d.state = 14)
  AND (@state IS NULL OR d.state = @state) AND (@code IS NULL OR d.code = @code)
  AND (@from IS NULL OR d.finished_at >= @from) AND (@to IS NULL OR d.finished_at < @to)
  AND ((@channel IS NULL AND @account IS NULL) OR d.lane IN (SELECT key FROM lanes
    WHERE (@channel IS NULL OR channel = @channel) AND (@account IS NULL OR account = @account)))`;

export function amissParameters({ project, status, channel, account, code, from, to }: AmissFilter) {
  return {
    project,
    state: status === undefined ? null : states.of(status),
    channel: channel ?? null,
    account: account ?? null,
    code: code ?? null,
    from: from ?? null,
    to: to ?? null,
  };
}
