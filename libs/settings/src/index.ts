export * from './cluster.js';
export * from './settings.js';
