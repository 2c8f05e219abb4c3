export * from './client-address.js';
export * from './health.js';
export * from './http-server.js';
export * from './rate-limit.js';
export * from './same-secret.js';
