export * from './byte-reader.js';
export * from './bytes.js';
export * from './catalogue.js';
export * from './codec-error.js';
export * from './decoder.js';
export { encodeEnvelope } from './encoder.js';
export * from './envelope.js';
export * from './event-type.js';
export * from './hash.js';
