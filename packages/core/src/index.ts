export type * from './access.ts';
export { type Scope, scopes } from './access.ts';
export { type Addresses, readAddresses } from './addresses.ts';
export { askVendor, tooLate, unreadableAnswer, type VendorAnswer, type VendorRequest } from './ask-vendor.ts';
export type * from './audit.ts';
export { auditActions } from './audit.ts';
export { allowance, type Breaker, begin, closedBreaker, observe, release, stepAside } from './breaker.ts';
export type * from './callback.ts';
export { type Reading, readCallback } from './callback-reading.ts';
export {
  type AddressHints,
  type Channel,
  type ChannelDefaults,
  type Cost,
  defineChannel,
  type NeutralContent,
  type OneTimeCode,
  type OptOut,
  type PrefixDefault,
} from './channel.ts';
export { type Clock, systemClock } from './clock.ts';
export type * from './codes.ts';
export { addressFailures, blindMs, codeClockSlackMs, codeKeptMs, codeTries } from './codes.ts';
export { type Conversion, conversionDrop, conversionSpans, converts } from './conversion.ts';
export { type AddressFault, type Decision, decide, type Settlement } from './decide.ts';
export { type DeliveryStatus, deliveryStatuses, isOpen, isUnsent, publicStatus } from './delivery.ts';
export { type Dispatcher, type DispatcherTools, openDispatcher } from './dispatcher.ts';
export { formatDuration, parseDuration } from './duration.ts';
export type * from './egress.ts';
export { type EventType, eventOf, eventTypes, type PostedEvent } from './events.ts';
export type { Fate } from './fate.ts';
export type * from './hearing.ts';
export {
  type AttemptId,
  attemptId,
  auditId,
  type CodeId,
  codeId,
  type DeliveryId,
  deliveryFamily,
  deliveryId,
  type EventId,
  eventId,
  firstMessageOf,
  type IdMint,
  idDigits,
  idMint,
  isCodeId,
  isDeliveryId,
  isKeyId,
  isNotificationId,
  isProjectId,
  type KeyId,
  maxFamilyOrdinal,
  type NotificationId,
  newKeyId,
  newProjectId,
  notificationIdAt,
  type ProjectId,
  placeOf,
  saltOf,
} from './ids.ts';
export { type Codes, codesApart, type Issue, type Issued, requireAccepted, type Verify } from './issuing.ts';
export { newKeyText, shownKey } from './key-text.ts';
export { startKeyUses } from './key-uses.ts';
export { type KeyHolder, type KeyRefusal, type Keyring, openKeyring, type Right } from './keyring.ts';
export { type Account, type ChannelBounds, type ChannelSetup, type LaneGate, laneKey } from './lane.ts';
export { available, type Bucket, spend, waitMs } from './limits.ts';
export { type LogFields, type Logger, silentLogger } from './log.ts';
export {
  type Guarantee,
  guarantees,
  type Kind,
  kinds,
  type NotificationStatus,
  notificationStatuses,
  type Priority,
  priorities,
  type Strategy,
  strategies,
} from './notification.ts';
export type * from './outbox.ts';
export { amissStatuses } from './outbox.ts';
export type { Outcome, OutcomeKind, Receipt } from './outcome.ts';
export {
  advance,
  notificationStatus,
  type Plan,
  type PlanChange,
  type PlanDelivery,
  type PlanState,
  type PlanStep,
  type Until,
  untils,
} from './plan.ts';
export { type AddressProblem, nestProblem, type Problem, pointerOf } from './problem.ts';
export type { Inbox, InboxMessage, OutgoingDelivery, Provider, ProviderKind, ProviderTools } from './provider.ts';
export { type AlarmPolicy, type PruningPolicy, type StrikePolicy, strikesOut } from './pruning.ts';
export {
  type Budget,
  type Counted,
  counts,
  isBudget,
  isLimit,
  type Limit,
  type LimitCode,
  type Limited,
  type Limits,
  limitCodeOf,
  type Quota,
  type QuotaWindow,
  quotaFaults,
  type SendLimit,
  type SourceNetwork,
  windowFaults,
} from './quota.ts';
export type { Suppressions } from './reach.ts';
export type * from './reader.ts';
export { receiptOf } from './receipt.ts';
export type * from './reference.ts';
export { assertNever, fail, ok, type Result } from './result.ts';
export { type RetentionPolicy, startRetention } from './retention.ts';
export {
  clampRetryAfter,
  longestWaitMs,
  maxAttemptsOf,
  type RetryPolicy,
  retryAfterBoundsMs,
  retryWaitMs,
  standardWebhooksSchedule,
} from './retry.ts';
export { retryAfterOf } from './retry-after.ts';
export { type AccountOrder, accountAfter, accountsFor, drawOf, type Route } from './route.ts';
export { type SandboxFault, sandboxProvider, sandboxReceiptDelayMs } from './sandbox.ts';
export { jsonSchemaOf, type Schema, validate } from './schema.ts';
export { type StoreFault, StoreUnavailable } from './store-fault.ts';
export {
  type Draft,
  firstStatuses,
  maxSteps,
  type NotifyRequest,
  type RequestedStep,
  type SubmitTools,
  submit,
} from './submit.ts';
export { type SuppressionReason, skipReason, softStrikes, suppressedKind, suppressionReasons } from './suppression.ts';
export { dayOf } from './window/day.ts';
export { type DailyWindow, type OpensAt, openWindow } from './window/window.ts';
