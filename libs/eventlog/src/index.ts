export * from './embedded/embedded-event-log.js';
export * from './event-log.js';
export * from './kafka/kafka-event-log.js';
export * from './memory/memory-event-log.js';
export * from './partition.js';
export * from './spool/spooled-event-log.js';
