import type { Tracker } from './walk.mjs';

export function ours(): Promise<Tracker>;
export function rivals(): Promise<Tracker[]>;
