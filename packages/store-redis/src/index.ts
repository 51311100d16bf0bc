export { openRedisCodes, type RedisCodes, type RedisCodesOptions } from './codes.ts';
export { type RedisPlace, readRedisPlace } from './place.ts';
