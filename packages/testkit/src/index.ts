export {
  type CallbackFixture,
  type CallbackSamples,
  callbackContract,
  type GenuineCallback,
} from './callback-contract/index.ts';
export { callbackRequest, type RecordedCallback } from './callback-contract/request.ts';
export { localhostCertificate, localhostKey } from './certificate.ts';
export { type ChannelSamples, channelContract } from './channel-contract.ts';
export { codeContract } from './code-contract/index.ts';
export { type IssuingFixture, issuingContract } from './code-contract/issuing.ts';
export type { CodeFixture } from './code-contract/scene.ts';
export { type Case, type ContractRun, type Runner, runContract } from './contract.ts';
export { type ManualClock, manualClock } from './manual-clock.ts';
export { sampleNotification, type Wish } from './outbox-contract/builders.ts';
export { outboxContract } from './outbox-contract/index.ts';
export type { OutboxFixture, Ports } from './outbox-contract/scene.ts';
export { type PluginHost, pluginHost } from './plugin/host.ts';
export {
  type HttpVendor,
  type HttpVendorContract,
  httpVendorContract,
  type VendorReplies,
} from './plugin/http-vendor.ts';
export { type PrivateRedis, privateRedis, redisObstacle } from './private-redis.ts';
export {
  type Expectations,
  type ProviderBench,
  type ProviderFixture,
  providerContract,
  recordingLogger,
  type VendorMood,
  vendorMoods,
} from './provider-contract.ts';
export { type TestTools, testTools } from './provider-tools.ts';
export {
  type DoubleReply,
  type DoubleScript,
  type SeenRequest,
  type VendorDouble,
  vendorDouble,
} from './vendor-double.ts';
