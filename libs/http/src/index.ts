export * from './client-address.js';
export * from './rate-limit.js';
export * from './same-secret.js';
