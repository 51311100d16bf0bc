import type { Outcome } from '@posthorn/core';

/** A token of another kind than the account takes. Routes see to it that none comes here; one may be left from an older configuration. */
export const foreignToken: Outcome = {
  kind: 'refused',
  because: 'address',
  code: 'foreign_token',
  detail: 'the device token is not of the kind that this account takes',
};
