export * from './committed.js';
export * from './failure.js';
export { openEnvironment } from './open-environment.js';
