export * from './bytes.js';
export * from './catalogue.js';
export * from './codec.js';
export * from './envelope.js';
export * from './event-type.js';
export * from './hash.js';
